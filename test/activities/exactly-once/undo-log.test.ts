import { expect, test } from 'vitest';
import { UndoLog } from '../../../src/activities/exactly-once/undo-log.ts';
import { undoSentence } from '../../../src/contract/index.ts';
import { OvhApiError } from '../../../src/ovh/index.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const instance = { kind: 'instance', id: 'i', name: 'web-1-abcdefgh' } as const;
const volume = { kind: 'volume', id: 'v', name: 'web-1-data-abcdefgh' } as const;

function at(isStoppable = true) {
  const clock = { now: START };
  const log = new UndoLog([], { now: () => clock.now, isStoppable });
  return { clock, log, of: (id: string) => log.things().find((thing) => thing.id === id) };
}

const answered = (status: number, queryId: string, fields = {}) =>
  new OvhApiError({ status, method: 'DELETE', path: '/x', fromOvh: true, reason: 'no', queryId, ...fields });

test('what stays in one status resists after a minute, since it has had that status', () => {
  const { clock, log, of } = at();
  for (; clock.now < START + 60_000; clock.now += 5000)
    log.saw(volume, { state: 'detaching', status: 'detaching' });
  expect(of('v')).toMatchObject({ state: 'detaching', advice: null });
  log.saw(volume, { state: 'detaching', status: 'detaching' });
  expect(of('v')).toMatchObject({
    state: 'resisting',
    ovhStatus: 'detaching',
    since: new Date(START).toISOString(),
    advice: "wait, or detach it in OVH's console, or keep what is there: mooring keep",
  });
  log.saw(volume, { state: 'deleting', status: 'deleting' });
  expect(of('v')).toMatchObject({
    state: 'deleting',
    since: new Date(clock.now).toISOString(),
    advice: null,
  });
});

test('what waits for something else does not resist, however long', () => {
  const { clock, log, of } = at();
  log.saw(volume, { state: 'waiting', status: 'in-use', why: 'its instance goes first' });
  clock.now += 600_000;
  log.saw(volume, { state: 'waiting', status: 'in-use', why: 'its instance goes first' });
  expect(of('v')).toMatchObject({ state: 'waiting', why: 'its instance goes first' });
});

test('the reason is the same for as long as OVH says the same, whatever the query id', () => {
  const { log, of } = at();
  log.refused(instance, answered(500, 'EU.ext-1'));
  const { why } = of('i') ?? {};
  log.refused(instance, answered(500, 'EU.ext-2'));
  expect(of('i')).toMatchObject({ state: 'resisting', why, queryId: 'EU.ext-2' });
});

test('when lists cannot be had, the sentence says so and what to renew; a destroy cannot be kept', () => {
  const { log, of } = at(false);
  log.add(instance);
  log.saw(volume, { state: 'gone', status: null });
  log.lookFailed(answered(403, 'EU.ext-1', { errorCode: 'INVALID_CREDENTIAL' }));
  expect(of('v')).toMatchObject({ state: 'gone', advice: null });
  expect(log.sentence()).toMatch(
    /^instance web-1-abcdefgh \(i\) is to be deleted; OVH's lists cannot be had: .*403.*; renew the OVH credentials/,
  );
  log.looked();
  expect(log.sentence()).not.toContain('lists');
  log.refused(instance, answered(409, 'EU.ext-1'));
  expect(of('i')?.advice).not.toContain('mooring keep');
});

test('another attempt knows since when; what travels is bounded, and what resists comes first', () => {
  const { clock, log } = at();
  for (let n = 0; n < 80; n += 1) log.saw({ ...volume, id: `v${n}` }, { state: 'gone', status: null });
  log.refused(instance, answered(500, 'EU.ext-1', { reason: 'x'.repeat(5000) }));
  const things = log.things();
  expect(things).toHaveLength(50);
  expect(things[0]).toMatchObject({ id: 'i' });
  expect(JSON.stringify(things).length).toBeLessThan(20_000);
  clock.now += 30_000;
  const next = new UndoLog(things, { now: () => clock.now, isStoppable: true });
  next.refused(instance, answered(500, 'EU.ext-2'));
  expect(next.things()[0]).toMatchObject({ since: new Date(START).toISOString() });
  expect(undoSentence(next.things()[0] ?? log.things()[0]!)).toContain('(query EU.ext-2)');
});
