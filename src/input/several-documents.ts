/** The text holds more than the one YAML document that `parse` of `yaml` takes: there is a `---` between two. */
export function isSeveralDocuments(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'MULTIPLE_DOCS';
}
