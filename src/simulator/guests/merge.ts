/** How cloud-init joins a later part to what came before; the names and their options are its own. */
type Mergers = ReadonlyMap<string, readonly string[]>;

/** What cloud-init does where a part says nothing: a later part's keys replace earlier ones whole. */
const usual = 'dict(replace)+list()+str()';

/** A part's own wish, by its key `merge_how` or `merge_type`, or by its header `Merge-Type`. */
export function mergersOf(part: Record<string, unknown>, header = ''): Mergers {
  const wanted = part['merge_how'] ?? part['merge_type'];
  const named = [...(Array.isArray(wanted) ? fromList(wanted) : fromText(wanted)), ...fromText(header)];
  return new Map(named.length > 0 ? named : fromText(usual));
}

/** The two joined, as the Python code of cloud-init 22.4 and 25.1 does it (`cloudinit/mergers`). */
export function merge(before: unknown, after: unknown, mergers: Mergers): unknown {
  const options = mergers.get(kindOf(before));
  // Nobody is there to merge such a thing: what came first stays.
  if (!options) return before;
  if (Array.isArray(before)) return mergeLists(before, after, mergers, options);
  if (isDict(before)) return mergeDicts(before, after, mergers, options);
  return typeof before === 'string' && options.includes('append') ? `${before}${String(after)}` : after;
}

function mergeDicts(
  before: Record<string, unknown>,
  after: unknown,
  mergers: Mergers,
  options: readonly string[],
): unknown {
  if (!isDict(after)) return before;
  const merged = { ...before };
  for (const [key, value] of Object.entries(after)) {
    if (!Object.hasOwn(before, key)) merged[key] = value;
    else if (value === null && options.includes('allow_delete')) delete merged[key];
    else if (options.includes('replace')) merged[key] = value;
    else if (recurses(value, options, true)) merged[key] = merge(before[key], value, mergers);
  }
  return merged;
}

function mergeLists(
  before: unknown[],
  after: unknown,
  mergers: Mergers,
  options: readonly string[],
): unknown {
  const how =
    ['append', 'prepend', 'replace', 'no_replace'].find((each) => options.includes(each)) ?? 'replace';
  if (!Array.isArray(after)) return how === 'replace' ? after : before;
  if (how === 'append') return [...before, ...after];
  if (how === 'prepend') return [...after, ...before];
  if (how === 'no_replace') return before;
  return before.map((old: unknown, index) => {
    if (index >= after.length) return old;
    return recurses(after[index], options, false) ? merge(old, after[index], mergers) : after[index];
  });
}

/** Dictionaries within dictionaries always do, whatever a part says. */
function recurses(value: unknown, options: readonly string[], isInDict: boolean): boolean {
  if (Array.isArray(value)) return options.includes('recurse_array') || options.includes('recurse_list');
  if (typeof value === 'string') return options.includes('recurse_str');
  return isDict(value) && (isInDict || options.includes('recurse_dict'));
}

function fromText(text: unknown): [name: string, options: string[]][] {
  if (typeof text !== 'string') return [];
  return text.split('+').flatMap((each) => {
    const [, name, options = ''] =
      /^([a-z_]\w*)\((.*?)\)$/.exec(each.toLowerCase().trim().replaceAll('-', '_')) ?? [];
    const words = options.split(',').map((word) => word.trim());
    return name === undefined ? [] : [[name, words.filter((word) => word !== '')]];
  });
}

function fromList(list: unknown[]): [name: string, options: string[]][] {
  return list.flatMap((each): [string, string[]][] => {
    const [name, ...options]: unknown[] = Array.isArray(each)
      ? each
      : isDict(each)
        ? [each['name'], ...(Array.isArray(each['settings']) ? each['settings'] : [])]
        : [];
    return typeof name === 'string' ? [[name.replaceAll('-', '_'), options.map(String)]] : [];
  });
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  return typeof value === 'string' ? 'str' : isDict(value) ? 'dict' : typeof value;
}

export function isDict(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
