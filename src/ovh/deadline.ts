/**
 * Runs `work` with a signal that is aborted after `ms` or by `outer`, and rejects with that signal's reason
 * even when `work` does not heed it: a `fetch` that is a function of this process knows nothing of sockets.
 */
export async function withDeadline<T>(
  ms: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(new DOMException(`no answer within ${ms} ms`, 'TimeoutError'));
  }, ms);
  const signal = outer ? AbortSignal.any([outer, late.signal]) : late.signal;
  try {
    return await untilAborted(signal, () => work(signal));
  } finally {
    clearTimeout(timer);
  }
}

/** The result of `work`, unless `signal` is aborted first; then rejects with its reason at once. */
export async function untilAborted<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (!signal) return work();
  signal.throwIfAborted();
  const settled = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    const abort = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true, signal: settled.signal });
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    settled.abort(); // takes the listener off a signal that may live much longer
  }
}
