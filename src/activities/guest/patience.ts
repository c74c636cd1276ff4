import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ServerTime } from '../../contract/index.ts';
import { timing } from '../../contract/timing.ts';
import { GuestError } from '../../guest/guest-error.ts';
import type { Attempt } from '../exactly-once/attempt.ts';
import { finalFailure, workerFault } from '../exactly-once/to-failure.ts';
import { KeyError } from './worker-keys.ts';

/** What the next attempt is told. */
export interface GuestMemory {
  /** Since when the right machine has refused the login. */
  refusedSince?: ServerTime | undefined;
  /** This run has seen that nobody had begun the step. */
  wasAbsent?: boolean;
  /** This run has asked the guest to begin the step, and was not told that nothing came of it. */
  wasAsked?: boolean;
}

const ADVICE = {
  'wrong key': 'another machine may have been given this address, so nothing was sent to it',
  'login refused': 'check ssh.user and ssh.key, and whether the image takes its keys by cloud-init',
};

/**
 * Patience with a guest: what does not answer yet is never a failure until its deadline; what is proven wrong is final. What
 * is wrong with the worker itself ends nothing: somebody mends it, and the run goes on.
 */
export class Patience {
  readonly memory: GuestMemory;
  readonly #attempt: Attempt<GuestMemory>;
  readonly #deadline: ServerTime;
  readonly #refusedMs: number;

  /** `refusedMs`: how long the login may be refused. */
  constructor(attempt: Attempt<GuestMemory>, deadline: ServerTime, refusedMs: number = timing.refusedMs) {
    this.#refusedMs = refusedMs;
    this.#attempt = attempt;
    this.#deadline = deadline;
    // That a step was asked to begin stays true, whoever dies after that; a refusal may be over.
    const refusedSince = attempt.recall()?.refusedSince;
    this.memory = { ...attempt.recallAny(), refusedSince: refusedSince && attempt.noted(refusedSince) };
    attempt.carry(this.memory);
  }

  /** For the attempts that come after this one. */
  remember(): void {
    this.#attempt.remember(this.memory);
  }

  /** Before what must not happen twice. */
  async rememberFirst(): Promise<void> {
    await this.#attempt.rememberFirst(this.memory);
  }

  answered(): void {
    this.memory.refusedSince = undefined;
  }

  /**
   * What a trouble means, as a sentence to wait with.
   *
   * @throws HostKeyDiffers, LoginRefused or GuestUnreachable, and whatever is no trouble with a guest.
   */
  pending(error: unknown, subject: string): string {
    if (error instanceof ApplicationFailure || error instanceof CancelledFailure) throw error;
    if (error instanceof KeyError) throw workerFault(error.message);
    if (!(error instanceof GuestError)) throw error;
    const { trouble, message } = error;
    if (trouble === 'worker') throw workerFault(message);
    if (trouble === 'wrong key') throw finalFailure('HostKeyDiffers', `${message}; ${ADVICE[trouble]}`);
    if (trouble === 'login refused') {
      this.memory.refusedSince ??= this.#attempt.now();
      // Cloud-init may yet add the key, and sshd answers before it has.
      if (this.#attempt.now() - this.memory.refusedSince > this.#refusedMs || this.isOver)
        throw finalFailure('LoginRefused', `${message}; ${ADVICE[trouble]}`);
    } else if (trouble === 'unreachable') this.answered();
    if (this.isOver) throw finalFailure('GuestUnreachable', `${message}, and the deadline has passed`);
    return `${subject}: ${message}`;
  }

  get isOver(): boolean {
    return this.#attempt.now() > this.#deadline;
  }
}
