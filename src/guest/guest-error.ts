/**
 * What is wrong with a connection. `unreachable`: nothing that proves anything has answered; `lost`: it was cut while
 * something ran, and nobody knows what became of that; `wrong key`: another machine answers; `login refused`: the right
 * machine answers, and does not let this key in; `worker`: the worker's own key file is at fault.
 */
export type GuestTrouble = 'unreachable' | 'lost' | 'wrong key' | 'login refused' | 'worker';

/** A guest that could not be asked. The message is a sentence for people. */
export class GuestError extends Error {
  override readonly name = 'GuestError';
  readonly trouble: GuestTrouble;

  constructor(trouble: GuestTrouble, message: string, options?: ErrorOptions) {
    super(message, options);
    this.trouble = trouble;
  }
}
