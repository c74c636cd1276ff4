import { harmless } from '../contract/one-line.ts';

/** Columns that line up, two spaces apart, without trailing blanks. Cells may hold text from elsewhere. */
export function textTable(cells: string[][]): string {
  const rows = cells.map((row) => row.map(harmless));
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
