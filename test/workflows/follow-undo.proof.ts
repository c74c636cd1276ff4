import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import type { Progress, UndoThing } from '../../src/contract/index.ts';
import type { Fault } from '../../src/simulator/index.ts';
import { cli, envOf, startCli } from '../cli/run-cli.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { during, until } from '../support/until.ts';

/* A rollback is followed thing by thing: what is deleted, what resists, why, since when, and what to do about it. */

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.stop());

/** What progress says of one thing, as soon as it says so. */
async function told(
  run: Pick<Run, 'progress'>,
  isIt: (thing: UndoThing) => boolean,
): Promise<{ thing: UndoThing; progress: Progress }> {
  const find = ({ undo }: Progress) => undo?.things.find(isIt);
  const progress = await until(
    () => run.progress(),
    (seen) => find(seen) !== undefined,
  );
  return { thing: find(progress) as UndoThing, progress };
}

const isResisting = ({ kind, state }: UndoThing) => kind === 'instance' && state === 'resisting';

/** A run that is undone because its instance ends in ERROR, and whose instance OVH refuses to delete. */
async function refused(project: TestProject, fault: Partial<Fault>) {
  project.fault({ kind: 'instance-error', method: 'POST', path: '/instance', times: 1 });
  project.fault({ kind: 'status', method: 'DELETE', path: '/instance/*', forMs: 300_000, ...fault });
  return stack.mooring.start('provisionNodeWithVolume', project.spec());
}

async function letGo(): Promise<void> {
  await fetch(`${new URL(stack.endpoint).origin}/_simulator/faults`, { method: 'DELETE' });
}

test('nothing is being undone where nothing is', async () => {
  const project = stack.project();
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  await run.result();
  expect((await run.progress()).undo).toBeNull();
});

test('a volume that is stuck in detaching is named with its status and since when; let go, it is gone', async () => {
  const project = stack.project();
  // Meanwhile the first volume gets stuck.
  project.fault({
    kind: 'delay',
    delayMs: 3000,
    method: 'POST',
    path: '/volume/*/attach',
    after: 1,
    times: 1,
  });
  const volumes = ['data', 'log'].map((name) => ({ name, size: 10 }));
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec({ volumes }));
  const { id } = await until(
    async () => project.volumes.find(({ status }) => status === 'in-use') as { id: string },
    (volume) => volume !== undefined,
  );
  const become = (status: string) =>
    fetch(`${new URL(stack.endpoint).origin}/_simulator/volumes/${id}/status`, {
      method: 'POST',
      body: JSON.stringify({ status }),
    });
  await become('detaching');
  const before = Date.now();
  await run.cancel();

  const { thing, progress } = await told(run, ({ state }) => state === 'detaching');
  expect(thing).toMatchObject({ kind: 'volume', id, ovhStatus: 'detaching', queryId: null });
  expect(thing.name).toMatch(/^web-1-data-/);
  expect(Date.parse(thing.since)).toBeGreaterThan(before - 1000);
  expect(Date.parse(thing.since)).toBeLessThan(Date.now() + 1000);
  expect(progress.undo).toMatchObject({ step: 'undo' });
  // The paid instance goes, and the rows of what is gone stay.
  const gone = await told(run, ({ kind, state }) => kind === 'instance' && state === 'gone');
  expect(project.instances).toEqual([]);
  const still = gone.progress.undo?.things.find((each) => each.id === id);
  expect(still).toMatchObject({ state: 'detaching', since: thing.since });

  const shown = await cli(['get', `node.${project.alias}.GRA11.web-1`], envOf(stack));
  expect(shown.stdout).toMatch(/- volume web-1-data-[\w-]+ +detaching +[\d.]+ s +detaching/);
  expect(shown.stdout).toMatch(/✓ instance web-1-[\w-]+ +gone/);

  await become('available');
  await expect(run.result()).rejects.toMatchObject({ type: 'Cancelled', details: { left: [] } });
  expect(project.volumes).toEqual([]);
  const things = (await run.progress()).undo?.things ?? [];
  expect(things.map(({ state }) => state)).toEqual(['gone', 'gone', 'gone']);
});

describe('an instance that OVH refuses to delete is shown with what OVH answered', () => {
  test.each([500, 409])('%d', async (status) => {
    const project = stack.project();
    const run = await refused(project, { status, message: 'not today' });
    const { thing } = await told(run, isResisting);
    expect(thing).toMatchObject({
      id: project.instances[0]?.id,
      ovhStatus: 'ERROR',
      why: expect.stringMatching(new RegExp(`^OVH answered ${status}: .*not today`)),
      queryId: expect.stringMatching(/\w/),
      advice: expect.stringContaining('mooring keep'),
      askedAt: null,
    });
    await letGo();
    await expect(run.result()).rejects.toMatchObject({ type: 'InstanceFailed', details: { left: [] } });
    expect(project.instances).toEqual([]);
    expect(project.volumes).toEqual([]);
  });
});

test('programs read the same as events, and what is kept says why it resisted', async () => {
  const project = stack.project();
  const run = await refused(project, { status: 500, message: 'not today' });
  const args = ['--project', project.alias, '--region', 'GRA11'];
  const watching = startCli(['wait', 'web-1', ...args, '-o', 'jsonl', '--quiet'], envOf(stack));
  const { thing } = await told(run, isResisting);
  let seen = '';
  watching.child.stdout?.on('data', (chunk: Buffer) => (seen += chunk.toString()));
  await during(run, () => seen.includes('not today'));
  await run.keep();
  const failure = await run.result().catch((error: unknown) => error);
  const instance = project.instances[0];
  expect(instance).toMatchObject({ id: thing.id, status: 'ERROR' });
  expect(failure).toMatchObject({
    message: expect.stringMatching(
      /which resisted: it is ERROR since .*OVH answered 500: .*not today.*query/,
    ),
    details: {
      left: [{ kind: 'instance', id: thing.id, since: thing.since, why: expect.stringContaining('500') }],
    },
  });
  expect((await run.progress()).undo?.things).toContainEqual(
    expect.objectContaining({ id: thing.id, state: 'resisting' }),
  );

  const events = (await watching.ended).lines();
  const ofUndo = events.filter(({ type }) => String(type).startsWith('undo_'));
  expect(ofUndo[0]).toMatchObject({ type: 'undo_started' });
  const resisting = ofUndo.filter(
    ({ type, resource }) => type === 'undo_resisting' && resource === thing.name,
  );
  // Once, however often OVH refuses.
  expect(resisting).toHaveLength(1);
  expect(resisting[0]).toMatchObject({
    step: 'undo',
    ovhStatus: 'ERROR',
    queryId: expect.stringMatching(/\w/),
    message: expect.stringContaining('not today'),
    things: expect.arrayContaining([expect.objectContaining({ id: thing.id, state: 'resisting' })]),
  });
});
