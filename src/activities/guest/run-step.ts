import { ApplicationFailure } from '@temporalio/common';
import type {
  FailureType,
  StepAwaited,
  StepEnd,
  StepStarted,
  StepStopped,
  StepText,
  StepToRun,
} from '../../contract/index.ts';
import { timing } from '../../contract/timing.ts';
import type { GuestConnection } from '../../guest/connect.ts';
import { look, put, start, stop, type GuestRun, type RunState } from '../../guest/run.ts';
import { lastLine } from '../../guest/shown.ts';
import { isOfType, type StepDetails } from '../../contract/wire.ts';
import { messageOf } from '../../contract/unknown.ts';
import { Attempt, firstBeatMs } from '../exactly-once/attempt.ts';
import type { PauseWatch } from '../exactly-once/pause-watch.ts';
import { finalFailure, notReady, orWorkerFault } from '../exactly-once/to-failure.ts';
import type { ServedProjects } from '../project.ts';
import { ownProject } from '../proof/own-project.ts';
import type { GuestAccess } from './guest-access.ts';
import { Patience, type GuestMemory } from './patience.ts';
import { endedWith, judged, subjectOf } from './step-end.ts';
import { filesOf, runOf } from './step-files.ts';

interface StepDependencies {
  projects: ServedProjects;
  pauses: PauseWatch;
  guests: GuestAccess;
}

export function stepActivities({ projects, pauses, guests }: StepDependencies) {
  return {
    /**
     * Begins a step, unless it has begun: the guest itself claims it, in the same moment in which it begins. Safe to repeat,
     * by anybody, at any time: also by a worker that wakes up long after.
     */
    async startStep(asked: StepToRun, { text }: StepText): Promise<StepStarted> {
      const attempt = new Attempt<GuestMemory>(pauses);
      ownProject(projects, asked.target.place, attempt);
      const wanted = guests.unsealed(asked);
      const patience = new Patience(attempt, wanted.deadline);
      const run = runOf(wanted);
      let files: Record<string, Buffer> | undefined;
      const begin = () =>
        persist(attempt, patience, wanted, async (guest, signal) => {
          const seen = await look(guest, run, { signal });
          if (seen.state !== 'absent') return began(seen);
          // Where nobody knows what an attempt before a reset has done, the guest may have been asked.
          const wasAsked = patience.memory.wasAsked === true || attempt.isForgetful;
          files ??= await orWorkerFault(() => filesOf(wanted, text, guests.sources));
          // What was asked to begin is never put again: a script that hides its claim has hidden its files, too.
          const stored = wasAsked ? undefined : await putAll(guest, run, files, signal);
          if (stored) return 'ran' in stored ? began(stored.ran) : stored;
          // From here on, whoever finds it begun knows that this run has begun it, and whoever finds nothing, that it may have.
          patience.memory.wasAbsent = true;
          patience.memory.wasAsked = true;
          if (!wasAsked) await rememberAsking(patience); // (rule 4r)
          // A worker that stood still must not begin it: meanwhile the address may be a machine's that was made anew.
          await attempt.sending.beforeSend?.(); // (rule 4g)
          const answer = await start(guest, run, files, { signal });
          if ('missing' in answer) {
            if (wasAsked) return began({ state: 'absent' });
            patience.memory.wasAsked = false;
            patience.remember();
            return { pending: `${answer.missing} of ${subjectOf(wanted)} has to be put again` };
          }
          if (answer.ran.state === 'absent')
            return { pending: `the guest has not begun ${subjectOf(wanted)} yet` };
          return began(await aMomentLater(attempt, answer.ran, () => look(guest, run, { signal })));
        });
      try {
        return await attempt.beating(begin);
      } catch (error) {
        if (patience.memory.wasAsked === true && mayRunOn(error))
          throw timedOut(wanted, `${subjectOf(wanted)} may have begun: ${error.message}`);
        throw error;
      }

      function began(seen: RunState): { done: StepStarted } {
        const already = patience.memory.wasAbsent !== true;
        const ended = seen.state === 'running' ? null : judged(wanted, seen, { already });
        return { done: { already, ended } };
      }
    },

    /**
     * Waits until a step that was begun has ended, and says how. Reads only.
     *
     * @throws ScriptFailed, ScriptLost; ScriptTimedOut, which leaves it to be stopped.
     */
    async awaitStep(asked: StepAwaited): Promise<StepEnd> {
      const attempt = new Attempt<GuestMemory>(pauses);
      ownProject(projects, asked.target.place);
      const wanted = guests.unsealed(asked);
      // A script may change who is let in, and change it back.
      const patience = new Patience(attempt, wanted.deadline, Number.POSITIVE_INFINITY);
      const run = runOf(wanted);
      const wait = () =>
        persist(
          attempt,
          patience,
          wanted,
          async (guest, signal) => {
            const seen = await look(guest, run, { signal });
            if (seen.state !== 'running') return { done: judged(wanted, seen, { already: false }) };
            if (patience.isOver) throw timedOut(wanted, `${lateness(wanted)}: it still ran`, seen);
            return { pending: `${subjectOf(wanted)} runs${tail(wanted, seen)}`, quiet: true };
          },
          attempt.turnMs,
        );
      try {
        return await attempt.waiting(firstBeatMs(attempt), wait, patience.memory);
      } catch (error) {
        if (mayRunOn(error)) throw timedOut(wanted, `${lateness(wanted)}: ${error.message}`);
        throw error;
      }
    },

    /**
     * Ends what runs, by TERM and then by KILL; what has not begun never begins. `hasBegun`: as far as the run knows; then a
     * guest that knows nothing of it is no proof that it never did. Safe to repeat.
     */
    async stopStep(wanted: StepToRun, { hasBegun } = { hasBegun: false }): Promise<StepStopped> {
      const attempt = new Attempt<GuestMemory>(pauses);
      ownProject(projects, wanted.target.place);
      const patience = new Patience(attempt, wanted.deadline);
      try {
        const run = runOf(guests.unsealed(wanted));
        return await attempt.beating(() =>
          persist(attempt, patience, wanted, async (guest) => ({
            done: await stopped(guest, run, wanted, { attempt, hasBegun }),
          })),
        );
      } catch (error) {
        // Who cannot be reached cannot be stopped; what was asked for goes on without it.
        const failure = error instanceof ApplicationFailure ? error : undefined;
        const isOver = failure?.nonRetryable === true || isOfType(failure, 'WorkerFault');
        if (!isOver || isOfType(failure, 'WasReset')) throw error;
        const sentence = `${subjectOf(wanted)} could not be stopped, so it may still run: ${messageOf(error)}`;
        return { outcome: 'unknown', sentence, ended: null };
      }
    },
  };

  /** Acts until it is done, for a slice of time; trouble is waited out until the deadline. */
  async function persist<T>(
    attempt: Attempt<GuestMemory>,
    patience: Patience,
    wanted: StepToRun,
    act: (
      guest: GuestConnection,
      signal: AbortSignal,
    ) => Promise<{ done: T } | { pending: string; quiet?: boolean }>,
    turnMs: number = timing.patienceMs,
  ): Promise<T> {
    const { target } = wanted;
    let quietMs = timing.firstStepPauseMs;
    for (;;) {
      let pending: string;
      let pauseMs = timing.guestPauseMs;
      try {
        const acted = await guests.use(target, attempt, act);
        patience.answered();
        if ('done' in acted) return acted.done;
        ({ pending } = acted);
        if (acted.quiet === true) {
          pauseMs = quietMs;
          quietMs = Math.min(timing.longestStepPauseMs, quietMs * 1.5);
        } else if (patience.isOver)
          throw finalFailure('DeadlineExceeded', `${pending}, and the deadline has passed`);
      } catch (error) {
        pending = patience.pending(error, subjectOf(wanted));
      }
      attempt.says(pending);
      if (attempt.elapsedMs() + pauseMs > turnMs) {
        patience.remember();
        throw notReady(pending, pauseMs);
      }
      await attempt.sleep(pauseMs);
    }
  }

  function tail(wanted: StepAwaited, seen: Extract<RunState, { state: 'running' }>): string {
    const seconds = Math.max(0, Math.round((Date.now() - wanted.since) / 1000));
    const last = hidesOutput(wanted) ? undefined : (lastLine(seen.stdout) ?? lastLine(seen.stderr));
    return ` for ${seconds} s${last === undefined ? '' : `: ${last}`}`;
  }
}

/**
 * What becomes of it within a moment: most steps take no longer, and what has ended needs no second act to wait for it.
 * Whatever comes between, also a cancel, the step has begun, and that is what this act must say.
 */
async function aMomentLater(
  attempt: Attempt<GuestMemory>,
  seen: RunState,
  again: () => Promise<RunState>,
): Promise<RunState> {
  if (seen.state !== 'running') return seen;
  try {
    await attempt.sleep(timing.firstStepPauseMs);
    const later = await again();
    return later.state === 'absent' ? seen : later;
  } catch {
    return seen;
  }
}

/** Where Temporal does not say that it knows, nothing is asked for, and the next attempt need not think so. */
async function rememberAsking(patience: Patience): Promise<void> {
  try {
    await patience.rememberFirst();
  } catch (error) {
    patience.memory.wasAsked = false;
    patience.remember();
    throw error;
  }
}

type Stored = { ran: RunState } | { pending: string };

/** Undefined: all of it is there. */
async function putAll(
  guest: GuestConnection,
  run: GuestRun,
  files: Record<string, Buffer>,
  signal: AbortSignal,
): Promise<Stored | undefined> {
  for (const [name, content] of Object.entries(files)) {
    const answer = await put(guest, run, name, content, { signal, timeoutMs: timing.requestMs });
    if ('ran' in answer) return answer;
    const said = 'why' in answer && answer.why ? `: ${lastLine(answer.why) ?? ''}` : '';
    if (answer.put === 'denied')
      throw finalFailure(
        'ScriptFailed',
        `nothing was begun: the guest cannot keep it in ~/.mooring, which must be a folder of the user's own${said}`,
      );
    if (answer.put === 'torn')
      return { pending: `the ${name} did not arrive whole; the disk may be full${said}` };
  }
  return undefined;
}

async function stopped(
  guest: GuestConnection,
  run: GuestRun,
  wanted: StepToRun,
  { attempt, hasBegun }: { attempt: Attempt<GuestMemory>; hasBegun: boolean },
): Promise<StepStopped> {
  const about = subjectOf(wanted);
  for (const signal of ['TERM', 'KILL'] as const) {
    let seen = await stop(guest, run, signal);
    for (
      const end = attempt.elapsedMs() + timing.graceMs;
      seen.state === 'running' && attempt.elapsedMs() < end;
    ) {
      await attempt.rest(timing.firstStepPauseMs);
      seen = await look(guest, run);
    }
    if (seen.state === 'stopped' && hasBegun)
      return {
        outcome: 'unknown',
        sentence: `${about} had begun, or may have, and nothing in the guest knows of it any more, so it may still run`,
        ended: null,
      };
    if (seen.state === 'stopped')
      return { outcome: 'stopped', sentence: `${about} never began`, ended: null };
    if (seen.state === 'exited') {
      const ended = endedWith(wanted, seen);
      // Whoever ended by itself a moment before was not stopped.
      if (seen.code < 128) return { outcome: 'ran', sentence: `${about} had ended with ${seen.code}`, ended };
      return { outcome: 'stopped', sentence: `${about} was stopped by ${signal}`, ended };
    }
    if (seen.state !== 'running')
      return {
        outcome: 'unknown',
        sentence: `${about} is lost, so nobody knows whether it still runs`,
        ended: null,
      };
  }
  return { outcome: 'unknown', sentence: `${about} resists even KILL, and still runs`, ended: null };
}

/**
 * The guest has not answered in time, or what it was given before is not to be had any more: what was begun may run on, so it is
 * stopped as any other that takes too long.
 */
function mayRunOn(error: unknown): error is ApplicationFailure {
  return error instanceof ApplicationFailure && LEAVES_IT_OPEN.has(error.type ?? '');
}

const LEAVES_IT_OPEN = new Set(['GuestUnreachable', 'LoginRefused', 'DeadlineExceeded', 'SourceChanged']);

function lateness(wanted: StepAwaited): string {
  const limit = 'timeout' in wanted.step ? wanted.step.timeout : 'the time that it had';
  return `${subjectOf(wanted)} did not end within ${limit}`;
}

function timedOut(wanted: StepToRun, message: string, seen?: RunState): ApplicationFailure {
  const ended = seen && 'stdout' in seen ? endedWith(wanted, { ...seen, code: null }) : null;
  return ApplicationFailure.create({
    type: 'ScriptTimedOut' satisfies FailureType,
    message,
    nonRetryable: true,
    details: [
      {
        cause: { status: null, ovhClass: null, message, queryId: null },
        unclear: false,
        ended,
      } satisfies StepDetails,
    ],
  });
}

function hidesOutput({ step }: StepToRun): boolean {
  return 'output' in step && step.output === 'none';
}
