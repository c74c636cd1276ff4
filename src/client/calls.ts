import { setMaxListeners } from 'node:events';
import type { Client } from '@temporalio/client';
import { within } from '../temporal/within.ts';
import { MooringClosed } from './errors.ts';

/** What one Mooring asks Temporal: each call ends by itself, and whatever is pending ends when the Mooring is closed. */
export class Calls {
  readonly client: Client;
  #deadlineMs: number;
  #pending = new Set<AbortController>();
  #isClosed = false;

  constructor(client: Client, deadlineMs: number) {
    this.client = client;
    this.#deadlineMs = deadlineMs;
  }

  /** @throws ServiceError when Temporal does not answer in time; MooringClosed */
  within<T>(call: () => Promise<T>): Promise<T> {
    return this.untilClosed(() => within(this.client.connection, this.#deadlineMs, call));
  }

  /** For what may take as long as it takes, or until nobody waits for it any more. @throws MooringClosed as soon as this is closed */
  async untilClosed<T>(call: (closed: AbortSignal) => Promise<T>, waits?: AbortSignal): Promise<T> {
    if (this.#isClosed) throw new MooringClosed();
    const closing = new AbortController();
    waits?.addEventListener('abort', () => closing.abort(), { once: true });
    // Temporal's client adds a listener for each request, and waits for a result by many requests.
    setMaxListeners(0, closing.signal);
    const closed = new Promise<never>((_, reject) => {
      closing.signal.addEventListener('abort', () => reject(new MooringClosed()));
    });
    this.#pending.add(closing);
    try {
      const asked = this.client.withAbortSignal(closing.signal, () => call(closing.signal));
      return await Promise.race([asked, closed]);
    } finally {
      this.#pending.delete(closing);
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const closing of this.#pending) closing.abort();
  }
}
