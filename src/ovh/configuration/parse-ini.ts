import { OvhConfigError } from '../errors.ts';

export type Ini = Map<string, Map<string, string>>;

/**
 * `ovh.conf` as the official clients read it: `[section]`, `key = value` or `key: value`, comments with `#` or
 * `;` on a line of their own or after white space. Keys are lower-cased, quotes around a value are dropped.
 *
 * @throws OvhConfigError that names the line, and never says what stands in it: that may be a secret.
 */
export function parseIni(text: string, file: string): Ini {
  const ini: Ini = new Map();
  let section = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const name = /^\s*\[(.+)\]\s*$/.exec(line)?.[1];
    if (name !== undefined) {
      section = ini.get(name) ?? new Map<string, string>();
      ini.set(name, section);
      continue;
    }
    const [, key, value] = /^\s*([^#;\s][^=:]*?)\s*[=:]\s*(.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) {
      if (/^\s*([#;]|$)/.test(line)) continue;
      throw new OvhConfigError(
        `${file}, line ${index + 1}: neither [section] nor key = value nor a comment; mend it`,
      );
    }
    const bare = value.replace(/(^|\s+)[#;].*$/, '').trim();
    section.set(key.toLowerCase(), /^(["'])(.*)\1$/.exec(bare)?.[2] ?? bare);
  }
  return ini;
}
