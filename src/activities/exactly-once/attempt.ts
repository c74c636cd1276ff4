import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import type { ServerTime, UndoThing } from '../../contract/index.ts';
import { timing } from '../../contract/timing.ts';
import { heartbeat, type Heartbeat, type WaitDetails, type Waiting } from '../../contract/wire.ts';
import type { MutateOptions } from '../../ovh/index.ts';
import type { PauseWatch } from './pause-watch.ts';
import { givenBack } from './to-failure.ts';

/** One attempt of an activity: its clock, its heartbeat, its memory, and the fence before every request. */
export class Attempt<Memory extends object = object> {
  readonly number: number;
  readonly signal: AbortSignal;
  #context: Context;
  #pauses: PauseWatch;
  #began = performance.now();
  #lastBeat = Number.NEGATIVE_INFINITY;
  #memory: Partial<Memory> | undefined;
  #tell: (() => UndoThing[]) | undefined;
  #waits: Waiting | undefined;

  constructor(pauses: PauseWatch) {
    this.#context = Context.current();
    this.#pauses = pauses;
    this.number = this.#context.info.attempt;
    this.signal = this.#context.cancellationSignal;
  }

  /** Milliseconds since this attempt began. */
  elapsedMs(): number {
    return performance.now() - this.#began;
  }

  /** Now by Temporal's clock, or a little earlier: a worker's own clock may be minutes off. */
  now(): ServerTime {
    return this.#context.info.currentAttemptScheduledTimestampMs + this.elapsedMs();
  }

  /** When the step's first attempt was scheduled. What the step is given to look at was asked for before that. */
  get scheduledAt(): ServerTime {
    return this.#context.info.scheduledTimestampMs;
  }

  /** What the attempt just before this one remembered; undefined when it died before it could say. */
  recall(): Partial<Memory> | undefined {
    const beat = heartbeat<Memory>(this.#context.info.heartbeatDetails);
    return beat?.attempt === this.number - 1 ? beat.memory : undefined;
  }

  /** What the last attempt that was heard of remembered, whichever that was: for what stays true. */
  recallAny(): Partial<Memory> | undefined {
    return heartbeat<Memory>(this.#context.info.heartbeatDetails)?.memory;
  }

  /** From now on every heartbeat has it, also what is written into it later. */
  carry(memory: Partial<Memory>): void {
    this.#memory = memory;
  }

  /** Remembers, and waits until the SDK no longer holds it back: what comes next may be the last that this worker does. */
  async rememberFirst(memory: Partial<Memory>): Promise<void> {
    const isHeldBack = performance.now() - this.#lastBeat < 2 * timing.throttleMs;
    this.remember(memory);
    if (isHeldBack) await this.sleep(timing.throttleMs);
  }

  /** How long it may wait before another gets the turn: what is left of its start-to-close time-out ends a look. */
  get turnMs(): number {
    return this.#context.info.startToCloseTimeoutMs - (timing.lookMs - timing.sliceMs);
  }

  /** What it waits for, as whoever describes the run is told with the next heartbeat. */
  says(
    message: string,
    { ovhStatus, expectedMs }: WaitDetails = { ovhStatus: null, expectedMs: null },
  ): void {
    this.#waits = { message, ovhStatus, expectedMs };
  }

  /** Kept for the next attempt: sent with every heartbeat, and flushed when this attempt ends. */
  remember(memory: Partial<Memory>): void {
    this.#memory = memory;
    this.#beat();
  }

  /** Hands the memory of the attempt before to the next one, where this attempt gives the step back and sends nothing. */
  passOn(): void {
    const memory = this.number === 1 ? {} : this.recall();
    if (memory !== undefined) this.remember(memory);
  }

  /** What whoever describes the run is shown, read at each heartbeat. For people alone: what counts is remembered. */
  tell(read: () => UndoThing[]): void {
    this.#tell = read;
  }

  /** What the last attempt that was heard of had told; unlike a memory it may be of any attempt. */
  lastTold(): UndoThing[] {
    return heartbeat(this.#context.info.heartbeatDetails)?.told ?? [];
  }

  /** The step's name. */
  get step(): string {
    return this.#context.info.activityId;
  }

  /** Whether somebody asked that the step end; false where only the worker shuts down. */
  get isCancelled(): boolean {
    return this.#context.cancellationDetails?.cancelRequested === true;
  }

  /** Heartbeats while the act runs, so that a dead worker is noticed and a cancel is heard. */
  async beating<T>(act: () => Promise<T>): Promise<T> {
    const timer = setInterval(() => this.#beat(), timing.beatMs);
    try {
      return await act();
    } finally {
      clearInterval(timer);
    }
  }

  /**
   * Beats while it waits for what takes its time: so a wait says what it waits for without an end to its attempt, which would
   * look like a failure. Each beat is an Action of Temporal's, as each attempt is. `memory`: for the next attempt.
   */
  async waiting<T>(firstBeatMs: number, act: () => Promise<T>, memory?: Partial<Memory>): Promise<T> {
    this.#memory = memory ?? this.#memory;
    const first = setTimeout(() => this.#beat(), Math.min(firstBeatMs, timing.sliceMs));
    const timer = setInterval(() => this.#beat(), timing.sliceMs);
    try {
      return await act();
    } finally {
      clearTimeout(first);
      clearInterval(timer);
    }
  }

  /** Sleeps, and wakes at once when the attempt is over. */
  async sleep(ms: number): Promise<void> {
    await this.heeding((signal) => sleep(ms, undefined, { signal }));
  }

  /** Waits with the signal that ends when the attempt is over, and then says why. */
  async heeding<T>(wait: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await wait(this.signal);
    } catch (error) {
      this.#refuseIfOver();
      throw error;
    }
  }

  /** Sleeps on through a cancel, for what must be followed to its end; a worker that shuts down ends it. */
  async rest(ms: number): Promise<void> {
    try {
      await sleep(ms, undefined, { signal: this.signal });
    } catch {
      if (!this.isCancelled) this.#refuseIfOver();
      // The signal stays aborted, and would end every further sleep at once.
      await sleep(ms);
    }
  }

  /** How every request that changes OVH is sent: past the fence, and in turns with other nodes. */
  get sending(): MutateOptions {
    return { beforeSend: this.#fence, sharer: this.#context.info.workflowExecution?.workflowId };
  }

  /**
   * Runs after the governor's queue and immediately before each signature. A paused process wakes up and would post
   * before it hears that it was replaced; here it stops.
   */
  readonly #fence = async (): Promise<void> => {
    // rule 4: begin
    this.#refuseIfOver();
    const sincePause = this.#pauses.sinceLastPause();
    if (sincePause < this.elapsedMs())
      throw interrupted('the worker stood still, and may have been replaced');
    const { heartbeatTimeoutMs = timing.heartbeatMs, currentAttemptScheduledTimestampMs } =
      this.#context.info;
    const beganLate =
      Date.now() - this.elapsedMs() - currentAttemptScheduledTimestampMs > heartbeatTimeoutMs / 2;
    const wokeBefore = sincePause < this.elapsedMs() + heartbeatTimeoutMs;
    // It lay in this process's socket while that stood still. Temporal may be away, so no answer would prove anything.
    if (beganLate && wokeBefore) throw interrupted('the worker stood still while it was given this');
    if (!beganLate && !wokeBefore) return;
    // The answer to a heartbeat tells whether this attempt still counts.
    this.#beat();
    await sleep(timing.answerMs);
    this.#refuseIfOver();
    // rule 4: end
  };

  #beat(): void {
    this.#lastBeat = performance.now();
    this.#context.heartbeat({
      attempt: this.number,
      ...(this.#memory && { memory: this.#memory }),
      ...(this.#tell && { told: this.#tell() }),
      ...(this.#waits && { waits: this.#waits }),
    } satisfies Heartbeat);
  }

  #refuseIfOver(): void {
    if (!this.signal.aborted) return;
    if (this.isCancelled) throw new CancelledFailure('cancelled before OVH was asked');
    throw interrupted('the worker shuts down, or was replaced');
  }
}

/** Where nobody knows how long it takes: somebody may look early. Whoever has waited before has said what for. */
export function firstBeatMs({ number }: Pick<Attempt, 'number'>): number {
  return number === 1 ? timing.firstSliceMs : timing.sliceMs;
}

function interrupted(why: string): Error {
  return givenBack('Interrupted', `${why}; OVH was not asked`);
}
