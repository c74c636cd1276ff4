import type { MetricMeter } from '@temporalio/common';
import type { Ovh } from '../ovh/index.ts';

const LOOK_EVERY_MS = 15 * 60_000;

/**
 * What nobody notices before it is too late: when a consumer key ends, and how far this machine's clock is from OVH's, either
 * way. Asked at start and every quarter of an hour, and only where somebody reads metrics.
 */
export class AccountMetrics {
  readonly #ends;
  readonly #offset;
  readonly #ovhs = new Map<string, Ovh>();
  #timer: NodeJS.Timeout | undefined;

  constructor(meter: MetricMeter) {
    const gauge = (name: string, says: string) => meter.createGauge(`mooring_${name}`, 'float', 's', says);
    this.#ends = gauge(
      'credential_ends_timestamp_seconds',
      'When the consumer key ends, Unix seconds; 0: never',
    );
    this.#offset = gauge('ovh_clock_offset_seconds', "How far OVH's clock and this machine's are apart");
  }

  watch(project: string, ovh: Ovh): void {
    this.#ovhs.set(project, ovh);
    if (this.#timer) void this.#look(project, ovh);
  }

  start(): this {
    this.#timer ??= setInterval(() => this.#lookAtAll(), LOOK_EVERY_MS).unref();
    this.#lookAtAll();
    return this;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #lookAtAll(): void {
    for (const [project, ovh] of this.#ovhs) void this.#look(project, ovh);
  }

  /** What OVH does not say stays as it was: that it is away is told by other metrics. */
  async #look(project: string, ovh: Ovh): Promise<void> {
    const began = Date.now();
    const seconds = await ovh.auth.time().catch(() => undefined);
    // It tells whole seconds: half of one is what it leaves out on average.
    if (seconds !== undefined)
      this.#offset.set(Math.abs(seconds + 0.5 - (began + Date.now()) / 2000), { project });
    // Tokens of service accounts have no end of their own, and no answer here.
    const credential = await ovh.auth.currentCredential().catch(() => undefined);
    const { expiration } = credential ?? {};
    if (credential) this.#ends.set(expiration ? Date.parse(expiration) / 1000 : 0, { project });
  }
}
