import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { expect, test } from 'vitest';
import { Attempt } from '../../../src/activities/exactly-once/attempt.ts';
import { PauseWatch } from '../../../src/activities/exactly-once/pause-watch.ts';
import { heartbeat, type Heartbeat } from '../../../src/contract/wire.ts';

/* An attempt's clock is early by as long as it had waited for its worker. What it has noted, the next one takes for later. */

const MINUTE = 60_000;
const BEGAN = Date.UTC(2026, 0, 1);

interface Memory {
  since: number;
}

/** Plays one attempt, and returns what it tells the next. */
function attempted(
  { number, scheduled, told }: { number: number; scheduled: number; told?: unknown },
  act: (attempt: Attempt<Memory>) => void,
): Heartbeat<Memory> | undefined {
  let last: unknown;
  // As much of the SDK's as an attempt uses here.
  const context = {
    info: {
      attempt: number,
      currentAttemptScheduledTimestampMs: scheduled,
      heartbeatDetails: told,
    },
    cancellationSignal: new AbortController().signal,
    heartbeat: (details: unknown) => (last = details),
  };
  asyncLocalStorage.run(context as unknown as Context, () => act(new Attempt<Memory>(new PauseWatch())));
  return heartbeat<Memory>(last);
}

/** Takes what it was told for as late as it may have been, and passes it on. */
const goesOn = (attempt: Attempt<Memory>) =>
  attempt.remember({ since: attempt.noted(attempt.recall()?.since ?? Number.NaN) });

test('a moment that an attempt noted which had waited for its worker is moved to after its end, once', () => {
  // It had waited for five minutes, of which its clock knows nothing.
  const first = attempted({ number: 1, scheduled: BEGAN }, (attempt) =>
    attempt.remember({ since: attempt.now() }),
  );
  expect(first?.memory?.since).toBeLessThan(BEGAN + MINUTE);
  const secondAt = BEGAN + 5 * MINUTE;
  const second = attempted({ number: 2, scheduled: secondAt, told: first }, goesOn);
  expect(second?.memory).toEqual({ since: secondAt });
  const third = attempted({ number: 3, scheduled: secondAt + MINUTE, told: second }, goesOn);
  expect(third?.memory).toEqual({ since: secondAt });
});

test('also where another worker has given the step back in between', () => {
  const first = attempted({ number: 1, scheduled: BEGAN }, (attempt) =>
    attempt.remember({ since: attempt.now() }),
  );
  const at = BEGAN + 5 * MINUTE;
  const second = attempted({ number: 2, scheduled: at, told: first }, (attempt) => attempt.passOn());
  expect(second?.memory).toEqual(first?.memory);
  const third = attempted({ number: 3, scheduled: at + MINUTE, told: second }, goesOn);
  expect(third?.memory).toEqual({ since: at + MINUTE });
});

test('also of an attempt by an earlier version, which did not say when it was scheduled', () => {
  const told = { attempt: 1, memory: { since: BEGAN } };
  const second = attempted({ number: 2, scheduled: BEGAN + MINUTE, told }, goesOn);
  expect(second?.memory).toEqual({ since: BEGAN + MINUTE });
});
