const mode = process.env['MOORING_PROOF'] ?? '';

/** Whole tables, for `npm run test:proof`; `npm test` and `npm run test:rest` prove a sample of each. */
export const isProof = mode === 'whole';

/**
 * `npm test` is for everybody, and ends within minutes. A file that costs more than it tells at once ends in `.proof.ts`:
 * `npm run test:rest` runs these.
 */
export const FILES = ['test/**/*.test.ts', 'test/**/*.proof.ts'].filter(
  (pattern) => isProof || pattern.endsWith('proof.ts') === (mode === 'rest'),
);

/**
 * All rows for a proof, else one of each kind: of the first kind its first row, of the second its second, and so on, so
 * that what the rows of a kind differ in has its turns, too.
 */
export function sampled<Row>(rows: readonly Row[], kindOf: (row: Row) => string): Row[] {
  if (isProof) return [...rows];
  const kinds = new Map<string, Row[]>();
  for (const row of rows) kinds.set(kindOf(row), [...(kinds.get(kindOf(row)) ?? []), row]);
  return [...kinds.values()].flatMap((kind, index) => kind.slice(index % kind.length).slice(0, 1));
}

/** For `test.each('%s')`, which shows a name whole, so that `-t` finds the row by it. */
export function named<Row extends { name: string }>(rows: readonly Row[]): [string, Row][] {
  return rows.map((row) => [row.name, row]);
}
