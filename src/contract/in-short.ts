import type { FleetSpec } from './fleet.ts';
import type { NodeSpec } from './node-spec.ts';

/* What a run was asked for, for people: what Temporal's UI shows of it beside its id. Nothing of it is read again. */

export interface InShort {
  /** One line that tells runs apart: `b3-8, Debian 12, 2 volumes (30 GiB)`. */
  summary: string;
  /** The same with all that counts, as a list in Markdown. */
  details: string;
}

/** Somebody else's text in Markdown, as the text that it is: names of images and OVH's own messages can hold anything. */
export function inMarkdown(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .replaceAll(/[\\|`*_~[\]<>&]/g, String.raw`\$&`);
}

/** As much of a text as fits into so many bytes of UTF-8, whole characters only. */
export function withinBytes(text: string, most: number): string {
  const encoder = new TextEncoder();
  let used = 0;
  let kept = '';
  for (const character of text) {
    used += encoder.encode(character).length;
    if (used > most) break;
    kept += character;
  }
  return kept;
}

/** Temporal takes 400 bytes of a summary and 20,000 of details; a codec may enlarge them. */
const MOST_SUMMARY = 200;
const MOST_DETAILS = 4000;

/** Of a request that was checked. `isNamed`: the summary begins with the node's name, where nothing beside it says that. */
export function inShort(type: string, request: object, { isNamed = false } = {}): InShort {
  // Whichever type it is of: a field that it has not is not told.
  const asked = request as Asked;
  const rows = rowsOf(type, asked);
  const details = rows.map(([name, said]) => `- ${name}: ${inMarkdown(said)}`).join('\n');
  return {
    summary: withinBytes(summaryOf(type, asked, isNamed), MOST_SUMMARY),
    details: withinBytes(details, MOST_DETAILS),
  };
}

type Asked = Partial<NodeSpec & FleetSpec>;

function summaryOf(type: string, asked: Asked, isNamed: boolean): string {
  const { name, count, node = {} } = asked;
  if (type === 'provisionNodeWithVolume') return `${isNamed ? `${name}: ` : ''}${nodeSummary(asked)}`;
  if (type === 'provisionFleet') return `${count} nodes of ${nodeSummary(node)}`;
  return [type, name].filter(Boolean).join(' ');
}

function nodeSummary({ flavor, image, bootVolume, volumes = [] }: Partial<NodeSpec>): string {
  const source = bootVolume ? `${bootVolume.image} on a volume` : image;
  const size = volumes.reduce((sum, volume) => sum + (volume.size ?? 0), bootVolume?.size ?? 0);
  const count = volumes.length + (bootVolume ? 1 : 0);
  const disks = count === 0 ? [] : [`${count} volume${count === 1 ? '' : 's'} (${size} GiB)`];
  return [flavor, source, ...disks].join(', ');
}

/** What goes into a machine (user data, scripts) is not told: it may be long, and secret. */
function rowsOf(type: string, { node, ...own }: Asked): [name: string, said: string][] {
  const spec = { ...node, ...own };
  const { image, bootVolume, volumes = [], networks = [], deploy, labels = {} } = spec;
  const named = (
    ['project', 'name', 'region', 'regions', 'count', 'flavor', 'availabilityZone'] as const
  ).map((key): [string, string] => [key, String(spec[key] ?? '')]);
  const rows: [string, string][] = [
    ['type', type],
    ...named,
    ['image', image ?? bootVolume?.image ?? ''],
    ['boot volume', bootVolume ? disk(bootVolume) : ''],
    ['volumes', Array.isArray(volumes) ? volumes.map((each) => `${each.name} ${disk(each)}`).join(', ') : ''],
    ['networks', networks.map((each) => ('network' in each ? each.network : 'public')).join(', ')],
    ['SSH key', spec.sshKey ?? ''],
    ['ready', spec.ready?.until ?? ''],
    ['deploy', deploy?.steps?.map(({ name }) => name).join(', ') ?? ''],
    [
      'labels',
      Object.entries(labels)
        .map((each) => each.join('='))
        .join(', '),
    ],
    ['on failure', spec.run?.onFailure ?? ''],
  ];
  return rows.filter(([, said]) => said !== '');
}

function disk({ size, type, id }: { size?: unknown; type?: unknown; id?: unknown }): string {
  const made = [...(typeof size === 'number' ? [`${size} GiB`] : []), type].filter(Boolean).join(' ');
  return typeof id === 'string' ? `(${id})` : made;
}
