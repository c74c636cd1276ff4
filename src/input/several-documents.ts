import { YAMLParseError } from 'yaml';

/** The text holds more than the one YAML document that `parse` takes: there is a `---` between two. */
export function isSeveralDocuments(error: unknown): boolean {
  return error instanceof YAMLParseError && error.code === 'MULTIPLE_DOCS';
}
