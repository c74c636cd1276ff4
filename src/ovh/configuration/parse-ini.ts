export type Ini = Map<string, Map<string, string>>;

/**
 * `ovh.conf` as the official clients read it: `[section]`, `key = value` or `key: value`, comments with `#` or
 * `;` on a line of their own or after white space. Keys are lower-cased, quotes around a value are dropped.
 */
export function parseIni(text: string): Ini {
  const ini: Ini = new Map();
  let section = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const name = /^\s*\[(.+)\]\s*$/.exec(line)?.[1];
    if (name !== undefined) {
      section = ini.get(name) ?? new Map<string, string>();
      ini.set(name, section);
      continue;
    }
    const [, key, value] = /^\s*([^#;\s][^=:]*?)\s*[=:]\s*(.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) continue;
    const bare = value.replace(/(^|\s+)[#;].*$/, '').trim();
    section.set(key.toLowerCase(), /^(["'])(.*)\1$/.exec(bare)?.[2] ?? bare);
  }
  return ini;
}
