/** A time whose logarithm is normal: as boots are, never negative and with a long tail. */
export interface Lognormal {
  medianMs: number;
  /** Standard deviation of the logarithm: 0.1 is nearly always the same, 0.5 is anything. */
  sigma: number;
}

/** One draw, by two uniform numbers. */
export function draw({ medianMs, sigma }: Lognormal, next: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return medianMs * Math.exp(sigma * normal);
}

/** The share that is ready by then. */
export function readyBy({ medianMs, sigma }: Lognormal, ms: number): number {
  return ms <= 0 ? 0 : 0.5 * (1 + errorFunction(Math.log(ms / medianMs) / sigma / Math.SQRT2));
}

/** Abramowitz and Stegun 7.1.26: right to seven digits. */
function errorFunction(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const tail =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) *
    Math.exp(-x * x);
  return x < 0 ? tail - 1 : 1 - tail;
}
