/** For reads, which may be given up at any moment. */
export interface CallOptions {
  /** The call rejects with the signal's reason as soon as it is aborted. */
  signal?: AbortSignal | undefined;
}

/** For calls that change something. They take no signal: a request given up half-way may have been applied. */
export interface MutateOptions {
  /**
   * Runs when the governor has admitted the call, immediately before the signature; so twice when the clock was
   * off and the call is signed again. If it throws, nothing is sent and the call rejects with that very error.
   */
  beforeSend?: (() => void | Promise<void>) | undefined;
  /** For whom: those who share a consumer key take turns when requests have to wait. */
  sharer?: string | undefined;
  signal?: never;
}
