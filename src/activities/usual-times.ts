/** How long something usually takes, in milliseconds: a tenth of all is ready by `early`, all but a tenth by `late`. */
export interface Usual {
  early: number;
  median: number;
  late: number;
}

/** Few enough that a change at OVH is learned within an afternoon, and enough for quantiles. */
const REMEMBERED = 30;

/** What this process has seen of OVH's times. Quantiles: one instance that took an hour says nothing of the next. */
export class UsualTimes {
  readonly #seen = new Map<string, number[]>();

  /** @param kind What takes its own time, such as flavor and region of an instance. */
  learn(kind: string, ms: number): void {
    this.#seen.set(kind, [...(this.#seen.get(kind) ?? []), ms].slice(-REMEMBERED));
  }

  /** Undefined where nothing of the kind was seen yet. */
  of(kind: string): Usual | undefined {
    const sorted = this.#seen.get(kind)?.toSorted((a, b) => a - b);
    if (!sorted) return undefined;
    const quantile = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
    return { early: quantile(0.1), median: quantile(0.5), late: quantile(0.9) };
  }
}

const LEAST_MS = 250;
/** What goes wrong early must not go unnoticed until the usual time. */
const LONGEST_BEFORE_MS = 15_000;
const LONGEST_BLIND_MS = 4000;
const LONGEST_AFTER_MS = 10_000;

/**
 * How long to wait until the next look, after so many milliseconds. What is known is looked at rarely before, about once
 * a second around the time when it is usually ready, and ever more rarely afterwards; what is not, in steps that grow
 * with the time it has taken.
 */
export function pauseBeforeLook(elapsedMs: number, usual: Usual | undefined): number {
  if (!usual) return clamp(elapsedMs * 0.12, LEAST_MS, LONGEST_BLIND_MS);
  const around = clamp(usual.median * 0.03, LEAST_MS, 1000);
  const begin = usual.early * 0.98 - around / 2;
  if (elapsedMs < begin) return clamp(begin - elapsedMs, LEAST_MS, LONGEST_BEFORE_MS);
  return clamp((elapsedMs - usual.late) * 0.2, around, LONGEST_AFTER_MS);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
