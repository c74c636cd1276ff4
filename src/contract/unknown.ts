/*
 * What nobody has checked yet: what was thrown, which may be anything, and what a stranger sent.
 */

/** The object itself, to ask it for any field; where it is none, one without fields. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? Object(value) : {};
}

/** What a table has under a name that somebody sent: `toString` is no row of it. */
export function rowOf<Table extends object>(table: Table, name: string): Table[keyof Table] | undefined {
  return Object.hasOwn(table, name) ? table[name as keyof Table] : undefined;
}

export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

export function messageOf(thrown: unknown): string {
  return errorOf(thrown).message;
}

/** Why the system refused, such as `ENOENT`; undefined where it was not the system. */
export function codeOf(thrown: unknown): string | undefined {
  const { code } = fieldsOf(thrown);
  return typeof code === 'string' ? code : undefined;
}
