/** `npm run test:proof` proves every row of every table; `npm test` proves a sample of each. */
export const isProof = process.env['MOORING_PROOF'] === 'whole';

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
