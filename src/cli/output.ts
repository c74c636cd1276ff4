import { toJson, toYaml } from './json.ts';
import { harmless } from '../contract/one-line.ts';
import { standardOutput } from './standard-output.ts';

export const FORMATS = ['table', 'json', 'jsonl', 'yaml', 'name'] as const;
export type Format = (typeof FORMATS)[number];

/** One result in the shapes that only its command knows. */
export interface Result {
  /** What programs get: `json`, `yaml`, and `jsonl` when it is not a list. */
  value: unknown;
  /** For people. */
  table: string;
  /** What other commands take as an argument. */
  names: string[];
  /** One line each of `jsonl`; default: the value. */
  lines?: unknown[];
}

/** A result as text, without the last line break. */
export async function inFormat(
  format: Format,
  { value, table, names, lines = [value] }: Result,
): Promise<string> {
  switch (format) {
    case 'json':
      return toJson(value, 2);
    case 'jsonl':
      return lines.map((line) => toJson(line)).join('\n');
    case 'yaml':
      return (await toYaml(value)).trimEnd();
    case 'name':
      return names.map(harmless).join('\n');
    case 'table':
      return table;
  }
}

/** A result on standard output: nothing at all when it is empty, so that `wc -l` counts what there is. */
export async function printResult(format: Format, result: Result): Promise<void> {
  const text = await inFormat(format, result);
  if (text !== '') standardOutput.write(`${text}\n`);
}
