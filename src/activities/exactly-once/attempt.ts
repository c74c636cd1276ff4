import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { ActivityCancelledError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import type { ServerTime, UndoThing } from '../../contract/index.ts';
import { timing } from '../../contract/timing.ts';
import { messageOf } from '../../contract/unknown.ts';
import { heartbeat, type Heartbeat, type WaitDetails, type Waiting } from '../../contract/wire.ts';
import type { MutateOptions } from '../../ovh/index.ts';
import type { PauseWatch } from './pause-watch.ts';
import { givenBack, notReady } from './to-failure.ts';

/** One attempt of an activity: its clock, its heartbeat, its memory, and the fence before every request. */
export class Attempt<Memory extends object = object> {
  readonly number: number;
  readonly signal: AbortSignal;
  #context: Context;
  #pauses: PauseWatch;
  #began = performance.now();
  #lastBeat = Number.NEGATIVE_INFINITY;
  #memory: Partial<Memory> | undefined;
  /** When the attempt was scheduled by whose clock the memory has its moments. */
  #memoryOf: ServerTime | undefined;
  /** When Temporal was last asked and said that this attempt counts, as `elapsedMs`. */
  #heardAt: number | undefined;
  /** Requests side by side ask together. */
  #asking: Promise<void> | undefined;
  #tell: (() => UndoThing[]) | undefined;
  #waits: Waiting | undefined;

  constructor(pauses: PauseWatch) {
    this.#context = Context.current();
    this.#pauses = pauses;
    this.number = this.#context.info.attempt;
    this.signal = this.#context.cancellationSignal;
    this.#memoryOf = this.#context.info.currentAttemptScheduledTimestampMs;
  }

  /** Milliseconds since this attempt began. */
  elapsedMs(): number {
    return performance.now() - this.#began;
  }

  /**
   * Now by Temporal's clock, or earlier by as long as the attempt had waited for its worker, whose own clock may be minutes off:
   * right for when a look began. A window that opens now is measured by the same clock within the attempt; for a later one it
   * is `noted`.
   */
  now(): ServerTime {
    return this.#context.info.currentAttemptScheduledTimestampMs + this.elapsedMs();
  }

  /**
   * How long ago a moment was, at most: what had waited for its worker had waited by Temporal's clock, which `now` does not
   * know, and this worker's own may be ahead.
   */
  ageOf(moment: ServerTime): number {
    return Math.max(this.now(), Date.now()) - moment;
  }

  /**
   * A moment that an attempt before this one remembered, or later: it was early by that one's clock, and this attempt was
   * scheduled after the end of that one. Moved once: what is no later than the schedule of the attempt that remembered it has
   * been moved already.
   */
  noted(moment: ServerTime): ServerTime {
    const { heartbeatDetails, currentAttemptScheduledTimestampMs } = this.#context.info;
    const { memoryOf = Number.NEGATIVE_INFINITY } = heartbeat(heartbeatDetails) ?? {};
    return moment > memoryOf ? Math.max(moment, currentAttemptScheduledTimestampMs) : moment;
  }

  /** When the step's first attempt was scheduled. What the step is given to look at was asked for before that. */
  get scheduledAt(): ServerTime {
    return this.#context.info.scheduledTimestampMs;
  }

  /** Whether somebody has reset the activity in Temporal, and with it what an attempt before this one had remembered. */
  get isForgetful(): boolean {
    return this.number === 1 && !this.isFirst && this.#context.info.heartbeatDetails === undefined;
  }

  /**
   * Whether nothing can have been sent for this step yet. Temporal's number does not tell alone: somebody may have reset the
   * activity, which counts from 1 again.
   */
  get isFirst(): boolean {
    const { info } = this.#context;
    const isLater = info.currentAttemptScheduledTimestampMs > info.scheduledTimestampMs;
    const isReset = isLater || info.heartbeatDetails !== undefined; // (rule 3r)
    return info.attempt === 1 && !isReset;
  }

  /**
   * Whether the attempt before this one was over before a moment of its own clock, though it could not say so. It was if this
   * one was scheduled by then; and the fence lets nothing pass for long after Temporal has last heard of an attempt, of which an
   * older beat may have come last.
   */
  wasOverBefore(moment: ServerTime): boolean {
    const { heartbeatDetails, currentAttemptScheduledTimestampMs } = this.#context.info;
    const { at = Number.POSITIVE_INFINITY } = heartbeat(heartbeatDetails) ?? {};
    return currentAttemptScheduledTimestampMs < moment || at + 2 * timing.heartbeatMs < moment;
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

  /**
   * Remembers, and waits until Temporal has said that it has it: what comes next may be the last that this worker does.
   *
   * @throws Interrupted where Temporal does not say so
   */
  async rememberFirst(memory: Partial<Memory>): Promise<void> {
    this.#memory = memory;
    await this.#asking?.catch(() => undefined);
    await (this.#asking = this.#ask());
  }

  /** How long it may wait before another gets the turn: what is left of its start-to-close time-out ends a look. */
  get turnMs(): number {
    return this.#context.info.startToCloseTimeoutMs - (timing.lookMs - timing.sliceMs);
  }

  /**
   * What takes longer than its turn goes on in the next one; `over` ends with the turn.
   *
   * @param soFar a sentence for people
   * @throws NotReady once the turn is over
   */
  async inTurn<T>(act: (over: AbortSignal) => Promise<T>, soFar: () => string): Promise<T> {
    const end = new AbortController();
    const turn = async (signal: AbortSignal) => {
      const leftMs = Math.max(0, this.turnMs - this.elapsedMs());
      await sleep(leftMs, undefined, { signal: AbortSignal.any([signal, end.signal]) });
      throw notReady(soFar(), timing.soonMs);
    };
    try {
      return await Promise.race([act(end.signal), this.heeding(turn)]);
    } finally {
      end.abort();
    }
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
    const memory = this.isFirst ? {} : this.recall();
    this.#memoryOf = heartbeat(this.#context.info.heartbeatDetails)?.memoryOf;
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
    const isEarly = firstBeatMs < timing.tellMs;
    const first = isEarly ? setTimeout(() => this.#beat(), firstBeatMs) : undefined;
    const timer = setInterval(() => this.#beat(), timing.tellMs);
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
   * Runs after the governor's queue and immediately before each signature. A paused process wakes up, and one that has lost
   * Temporal goes on, and would post before it hears that it was replaced; here it stops.
   */
  readonly #fence = async (): Promise<void> => {
    // rule 4: begin
    this.#refuseIfReplaced();
    if (!this.#isUnheard()) return;
    await (this.#asking ??= this.#ask()); // (rule 4t)
    this.#refuseIfReplaced();
    // rule 4: end
  };

  /** Whether Temporal may have given the step to another since it last said that this attempt counts. */
  #isUnheard(): boolean {
    if (this.#heardAt !== undefined) return this.elapsedMs() - this.#heardAt > timing.unheardMs;
    // It said so with the task, which may have lain in this process's socket while that stood still.
    const wokeBefore = this.#pauses.sinceLastPause() < this.elapsedMs() + timing.heartbeatMs;
    const sinceScheduled = Date.now() - this.#context.info.currentAttemptScheduledTimestampMs;
    return wokeBefore || Math.max(this.elapsedMs(), sinceScheduled) > timing.unheardMs;
  }

  /** A heartbeat beside the SDK's, which does not tell whether its own were answered. @throws Interrupted unless Temporal agrees. */
  async #ask(): Promise<void> {
    const { client, info } = this.#context;
    const askedAt = this.elapsedMs();
    const { activityId, workflowExecution, namespace } = info;
    const of = workflowExecution && { workflowId: workflowExecution.workflowId };
    const serializationContext = {
      type: 'activity',
      namespace,
      activityId,
      ...of,
      isLocal: false,
    } as const;
    // So that what the SDK may still hold back, and report later, is no older than what is sent here.
    if (this.#lastBeat > Number.NEGATIVE_INFINITY) this.#beat();
    try {
      await client.withDeadline(Date.now() + timing.askMs, () =>
        client.activity.heartbeat(info.taskToken, this.#details(), { serializationContext }),
      );
      this.#heardAt = askedAt;
    } catch (error) {
      // The SDK hears of it by a beat of its own, and ends the attempt as a cancel.
      if (error instanceof ActivityCancelledError) {
        this.#beat();
        await this.sleep(2 * timing.throttleMs);
      }
      this.#refuseIfOver();
      throw interrupted(`Temporal did not say that this attempt still counts (${messageOf(error)})`);
    } finally {
      this.#asking = undefined;
    }
  }

  #beat(): void {
    this.#lastBeat = performance.now();
    this.#context.heartbeat(this.#details());
  }

  #details(): Heartbeat {
    return {
      attempt: this.number,
      at: this.now(),
      ...(this.#memory && { memory: this.#memory, memoryOf: this.#memoryOf }),
      ...(this.#tell && { told: this.#tell() }),
      ...(this.#waits && { waits: this.#waits }),
    };
  }

  #refuseIfReplaced(): void {
    this.#refuseIfOver();
    if (this.#pauses.sinceLastPause() < this.elapsedMs())
      throw interrupted('the worker stood still, and may have been replaced');
  }

  #refuseIfOver(): void {
    if (!this.signal.aborted) return;
    if (this.isCancelled) throw new CancelledFailure('cancelled before OVH was asked');
    throw interrupted('the worker shuts down, or was replaced');
  }
}

/** Where nobody knows how long it takes: somebody may look early. Whoever has waited before has said what for. */
export function firstBeatMs({ number }: Pick<Attempt, 'number'>): number {
  return number === 1 ? timing.firstTellMs : timing.tellMs;
}

function interrupted(why: string): Error {
  return givenBack('Interrupted', `${why}; OVH was not asked`);
}
