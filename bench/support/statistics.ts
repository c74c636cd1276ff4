export function mean(all: number[]): number {
  return all.reduce((sum, each) => sum + each, 0) / all.length;
}

/** The value that so large a share of all does not exceed. */
export function quantile(all: number[], share: number): number {
  const sorted = all.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
