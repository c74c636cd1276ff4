import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import type { NodeSpec, ReapResult } from '../../src/contract/index.ts';
import { nodeWorkflowId } from '../../src/contract/index.ts';
import { connectClient, type ClientConnection } from '../../src/temporal/connect.ts';
import { cli, envOf } from '../cli/run-cli.ts';
import { quickProgram } from '../support/quick-program.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { during, until } from '../support/until.ts';
import { environmentOfAll, spawnWorker } from '../support/worker-process.ts';

/* What OVH never ends, never deletes or never says keeps nothing else from its end. Here its patience is of seconds. */

let stack: Stack;
let temporal: ClientConnection;
const ends: (() => Promise<unknown>)[] = [];
const prepared: TestProject[] = [];
beforeAll(async () => {
  stack = await Stack.start({ worker: false });
  ends.push(() => stack.stop());
  temporal = await connectClient({ address: inject('temporalAddress') });
  ends.push(() => temporal.connection.close());
  const quick = await quickProgram({ longestOrderMs: 3000, leftMs: 2000, reapMs: 4000 });
  ends.push(() => quick.remove());
  for (let index = 0; index < 8; index++) prepared.push(stack.project());
  const onTestFinished = (end: () => Promise<void>) => void ends.push(end);
  spawnWorker(await environmentOfAll(stack, { onTestFinished }), { onTestFinished }, quick.main);
});
afterAll(async () => {
  for (const end of ends.toReversed()) await end();
});

function projectOf(): TestProject {
  const project = prepared.pop();
  if (!project) throw new Error('The worker knows no further project.');
  return project;
}

const control = async (path: string, body?: object) => {
  const { origin } = new URL(stack.endpoint);
  const method = body ? 'POST' : 'DELETE';
  const answer = await fetch(`${origin}/_simulator${path}`, {
    method,
    ...(body && { body: JSON.stringify(body) }),
  });
  expect(answer.ok).toBe(true);
};
const provision = (project: TestProject, overrides: Partial<NodeSpec> = {}) =>
  stack.mooring.start('provisionNodeWithVolume', project.spec(overrides));
const ids = (things: { id: string }[]) => things.map(({ id }) => id).toSorted();
const failureOf = (run: Run) => run.result().catch((error: unknown) => error);
const olderThan = '1s';
const reap = async (project: TestProject): Promise<ReapResult> =>
  (await stack.mooring.start('reap', { project: project.alias, apply: true, olderThan })).result();

/** A node whose run was terminated: nobody has undone what it made. */
async function leftOver(project: TestProject, overrides: Partial<NodeSpec> = {}): Promise<string> {
  const run = await provision(project, { volumes: [], ...overrides });
  const { name = 'web-1', region = 'GRA11' } = overrides;
  const made = () => project.instances.find((instance) => instance.name.startsWith(`${name}-`));
  await during(run, made);
  await temporal.client.workflow.getHandle(nodeWorkflowId({ ...project.ref, name, region })).terminate();
  await until(() => made()?.status === 'ACTIVE');
  return made()?.id ?? '';
}

const paris = { region: 'EU-WEST-PAR', availabilityZone: 'eu-west-par-b' };

/** A run that is rolled back while OVH is at its order of a volume, whose answer was lost, and never ends it. */
async function rollingBack(project: TestProject) {
  await control('/settings', { operationMs: 3_600_000 });
  project.fault({ kind: 'reset-after', method: 'POST', path: '/region/*/volume', times: 1 });
  const run = await provision(project, paris);
  const asked = () => project.changes.some((change) => change.endsWith('/region/EU-WEST-PAR/volume'));
  await during(run, () => asked() && project.instances[0]?.status === 'ACTIVE');
  project.expects(...project.volumes);
  await run.cancel();
  return run;
}

test('an undo ends although OVH never ends an order that may be its own', async () => {
  const project = projectOf();
  const run = await rollingBack(project);
  const failure = await failureOf(run);

  expect(project.instances).toEqual([]);
  expect(failure).toMatchObject({ type: 'Cancelled', details: { left: [] } });
});

test('what somebody keeps is told, although OVH never ends an order that may be its own', async () => {
  const project = projectOf();
  project.fault({ kind: 'status', status: 500, method: 'DELETE', path: '/instance/*', forMs: 60_000 });
  const run = await rollingBack(project);
  await during(run, () => project.changes.some((each) => each.startsWith('DELETE /instance')));
  await run.keep();
  const failure = await failureOf(run);
  await reap(project);

  expect(project.instances).toMatchObject([{ status: 'ACTIVE' }]);
  expect(failure).toMatchObject({
    type: 'Cancelled',
    message: expect.stringContaining('somebody stopped the rollback'),
    details: { left: [{ kind: 'instance', id: project.instances[0]?.id }] },
  });
});

test('what somebody keeps is told, although a right to look is missing', async () => {
  const project = projectOf();
  project.fault({ kind: 'status', status: 500, method: 'DELETE', path: '/instance/*', forMs: 60_000 });
  project.fault({ kind: 'instance-error', method: 'POST', path: '/instance', times: 1 });
  const run = await provision(project);
  await during(run, () => project.changes.some((each) => each.startsWith('DELETE /instance')));
  await during(run, () => project.volumes.length === 0);
  project.fault({ kind: 'status', status: 403, method: 'GET', path: '/volume', forMs: 60_000 });
  await run.keep();
  const failure = await failureOf(run);

  expect(project.instances).toMatchObject([{ status: 'ERROR' }]);
  expect(failure).toMatchObject({
    type: 'InstanceFailed',
    message: expect.stringContaining('somebody stopped the rollback, and OVH did not show what stands'),
    details: {
      left: [{ kind: 'instance', id: project.instances[0]?.id }],
      undone: [{ kind: 'volume' }],
    },
  });
});

test('a reap answers while something resists, and the next one reaps what else is left over', async () => {
  const project = projectOf();
  const stuck = await leftOver(project);
  const goes = await leftOver(project, { name: 'web-2' });
  project.fault({ kind: 'status', status: 500, method: 'DELETE', path: `/instance/${stuck}`, forMs: 60_000 });
  const workflowId = nodeWorkflowId(project.ref);
  const why = `it resists; ${workflowId} goes on with it`;
  const first = await until(
    () => reap(project),
    ({ inProgress }) => inProgress.some(({ reason }) => reason === why),
  );
  // Temporal's list may not have shown in time that its run has ended.
  await until(async () => (await reap(project)) && !ids(project.instances).includes(goes));
  expect(ids(project.instances)).toEqual([stuck]);
  expect(first.inProgress).toContainEqual(expect.objectContaining({ id: stuck, reason: why }));
  expect((await temporal.client.workflow.getHandle(workflowId).describe()).status.name).toBe('RUNNING');

  const later = await leftOver(project, { name: 'web-3' });
  await until(async () => (await reap(project)) && !ids(project.instances).includes(later));
  expect(ids(project.instances)).toEqual([stuck]);
  const args = ['reap', '--project', project.alias, '--older-than', olderThan, '--apply', '--yes'];
  const said = await cli(args, envOf(stack));
  expect(said).toMatchObject({ code: 0 });
  expect(said.stdout).toMatch(new RegExp(`in progress +instance +\\S+ +${stuck} .*reapNode runs on`));

  await control('/faults');
  await temporal.client.workflow.getHandle(workflowId).result();
  expect(project.instances).toEqual([]);
});

test('a reap answers where more nodes are on a private network than OVH lists in a minute', async () => {
  const project = projectOf();
  const networks = [{ network: 'private' }];
  const names = Array.from({ length: 12 }, (_, index) => `web-${index + 1}`);
  const runs = await Promise.all(names.map((name) => provision(project, { name, networks, volumes: [] })));
  const nodes = await Promise.all(runs.map((run) => run.result()));
  const late = await leftOver(project, { name: 'late', networks });
  project.fault({ kind: 'delay', delayMs: 700, method: 'GET', path: '/region/*/floatingip', forMs: 300_000 });
  await until(async () => (await reap(project)) && !ids(project.instances).includes(late));
  expect(ids(project.instances)).toEqual(ids(nodes.map(({ instance }) => instance)));
});
