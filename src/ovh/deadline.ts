/**
 * Runs `work` with a signal that is aborted after `ms` or by `outer`, and rejects with that signal's reason
 * even when `work` does not heed it: a `fetch` that is a function of this process knows nothing of sockets.
 */
export async function withDeadline<T>(
  ms: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer?.throwIfAborted();
  const controller = new AbortController();
  const { signal } = controller;
  const forward = () => {
    controller.abort(outer?.reason);
  };
  const timer = setTimeout(() => {
    controller.abort(new DOMException(`no answer within ${ms} ms`, 'TimeoutError'));
  }, ms);
  outer?.addEventListener('abort', forward, { once: true });
  try {
    return await untilAborted(signal, () => work(signal));
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', forward); // it may live much longer
  }
}

/** The result of `work`, unless `signal` is aborted first; then rejects with its reason at once. */
export async function untilAborted<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (!signal) return work();
  signal.throwIfAborted();
  let abort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
