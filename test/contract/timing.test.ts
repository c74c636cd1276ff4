import { expect, test } from 'vitest';
import { timing } from '../../src/contract/timing.ts';
import { quickTiming } from '../support/quick-program.ts';

/* What the times of acts and looks must be to each other, or a rule of the protocol does not hold. */

test("production's own: ten seconds until a dead worker is noticed, 45 s for a request", () => {
  expect(timing).toMatchObject({
    heartbeatMs: 10_000,
    silentMs: 46_000,
    requestMs: 45_000,
    actMs: 150_000,
    lookMs: 60_000,
  });
});

test.each([
  ['production', timing],
  ['tests', quickTiming],
])('in %s each is longer than what must fit into it', (_, of) => {
  const increasing = [of.tickMs, of.throttleMs, of.beatMs, of.heartbeatMs, of.requestMs, of.actMs];
  expect(increasing).toEqual(increasing.toSorted((a, b) => a - b));
  expect(new Set(increasing).size).toBe(increasing.length);

  // Who stood still for less than is noticed has still beaten in time.
  expect(of.throttleMs + of.beatMs + of.pauseMs).toBeLessThan(of.heartbeatMs);
  expect(of.tickMs).toBeLessThan(of.pauseMs);
  // What a worker that died has sent may be under way for as long as what one sends that lives.
  expect(of.heartbeatMs + of.underWayMs).toBeGreaterThanOrEqual(of.requestMs);
  // At the end of its patience an act may still look and post.
  expect(of.patienceMs + 2 * of.requestMs).toBeLessThanOrEqual(of.actMs);
  // A wait beats before it counts as dead, and ends its turn by itself.
  expect(of.firstTellMs).toBeLessThan(of.tellMs);
  expect(of.tellMs).toBeLessThan(of.silentMs);
  // The SDK holds a beat back for four fifths of that time.
  expect(of.tellMs).toBeGreaterThan(0.8 * of.silentMs);
  expect(of.sliceMs).toBeLessThan(of.lookMs);
  expect(of.lookMs).toBeLessThan(of.waitMs);
  expect(of.requestMs).toBeLessThan(of.lookMs);
  // A look that counts as fresh is younger than one attempt's patience.
  expect(of.freshMs).toBeLessThan(of.patienceMs);
  expect(of.retryMs).toBeLessThan(of.longestRetryMs);
  expect(of.longestRetryMs).toBeLessThan(of.longestUndoRetryMs);
  // What is judged by how long it lasts is judged within one attempt, whose next one knows nothing of it.
  expect(Math.max(of.missingMs, of.stoppedMs)).toBeLessThan(of.sliceMs);
  expect(of.askAgainMs).toBeLessThan(of.patienceMs);
  // At the end of its patience an act in a guest may still log in, and a stop wait for TERM and for KILL.
  expect(of.loginMs + of.commandMs).toBeLessThan(of.patienceMs);
  expect(of.patienceMs + 2 * of.graceMs).toBeLessThan(of.actMs);
  // A guest that falls silent is noticed before its command is given up.
  expect(4 * of.keepaliveMs).toBeLessThan(of.commandMs);
  // A connection that a wait uses from look to look is not closed between two of them.
  expect(of.firstStepPauseMs).toBeLessThan(of.longestStepPauseMs);
  const pauses = [of.guestPauseMs, of.cloudInitPauseMs, of.longestStepPauseMs];
  expect(Math.max(...pauses)).toBeLessThan(of.guestIdleMs);
  // Metrics know a deletion from each of its attempts to the next.
  expect(of.longestUndoRetryMs).toBeLessThan(of.forgottenMs);
  // Who has not heard of Temporal for longer than it takes to replace somebody asks, and the next answer comes before that time again.
  expect(of.unheardMs).toBeLessThan(of.heartbeatMs);
  expect(of.askMs).toBeLessThan(of.unheardMs);
  // A baseline counts as the first look for a shorter time than lists may lag.
  expect(of.freshMs).toBeLessThan(of.settleMs);
  expect(of.leastSettleMs).toBeLessThan(of.settleMs);
  expect(of.orderAfterMs).toBeLessThan(of.orderBeforeMs);
  expect(of.orderBeforeMs).toBeLessThan(of.unfinishedMs);
  expect(of.longestOrderMs).toBeLessThan(of.unfinishedMs);
  // What is left at OVH is looked for in several turns, the last of which begins after the settle window.
  expect(of.settleMs + 2 * of.lookMs).toBeLessThan(of.leftMs);
  // A reap says that something resists once people are told so of each thing.
  expect(of.stuckMs).toBeLessThan(of.reapMs);
  expect(of.brieflyMs).toBeLessThan(of.catalogueMs);
  expect(of.queryMs).toBeLessThan(of.callMs);
});
