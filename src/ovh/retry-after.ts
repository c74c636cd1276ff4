/**
 * `Retry-After` is heeded for one minute at most, wherever it says when to come back. OVH counts by the second; what asks
 * for hours is a proxy, or a mistake, and whoever undoes something asks again within a minute whatever is said.
 */
export const LONGEST_RETRY_AFTER_MS = 60_000;

/** `Retry-After` in milliseconds: seconds, or an HTTP date. Undefined where it says nothing, or a time that is past. */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - now;
  return ms > 0 ? Math.min(ms, LONGEST_RETRY_AFTER_MS) : undefined;
}
