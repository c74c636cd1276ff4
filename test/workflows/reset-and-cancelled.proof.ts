import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Run } from '../../src/client/index.ts';
import { nodeWorkflowId, type NodeSpec } from '../../src/contract/index.ts';
import { connectClient, type ClientConnection } from '../../src/temporal/connect.ts';
import { reachesEdge } from '../faults/moments.ts';
import { resetToAfter, resetToLast } from '../support/reset-run.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { during, until } from '../support/until.ts';

/* Somebody resets a run in Temporal and cancels it, or resets it while it ends: it takes back what it made, and no more. */

let stack: Stack;
let temporal: ClientConnection;
let client: Client;
beforeAll(async () => {
  stack = await Stack.start({ settleMs: 3000 });
  temporal = await connectClient({ address: inject('temporalAddress') });
  ({ client } = temporal);
});
afterAll(async () => {
  await temporal.connection.close();
  await stack.stop();
});

const provision = (project: TestProject, overrides: Partial<NodeSpec> = {}) =>
  stack.mooring.start('provisionNodeWithVolume', project.spec(overrides));
const ids = (things: { id: string }[]) => things.map(({ id }) => id).toSorted();
const handleOf = (project: TestProject, runId?: string) =>
  client.workflow.getHandle(nodeWorkflowId(project.ref), runId);

/** How a run fails that is cancelled. */
async function cancelled(handle: WorkflowHandle): Promise<unknown> {
  await handle.cancel();
  return handle.result().catch((error: unknown) => error);
}
const asCancelled = { cause: { type: 'Cancelled' } };

/** An instance whose run was terminated. */
async function leftOver(project: TestProject): Promise<string> {
  const run = await provision(project, { volumes: [] });
  await during(run, () => project.instances.length === 1);
  await handleOf(project).terminate();
  await until(() => project.instances[0]?.status === 'ACTIVE');
  return project.instances[0]?.id ?? '';
}

test.concurrent('a destroy deletes nothing that is cancelled before it begins anew', async () => {
  const project = stack.project();
  const id = await leftOver(project);
  const run = await stack.mooring.start('destroyNode', project.ref);
  await reachesEdge(client, run, { step: 'baseline', edge: 'begun' });
  const failure = await cancelled(handleOf(project, await resetToAfter(client, run)));

  expect(ids(project.instances)).toEqual([id]);
  expect(failure).toMatchObject(asCancelled);
  project.expects({ id });
});

test.concurrent('a provisioning takes back its own, and nothing that an earlier run has made', async () => {
  const project = stack.project();
  const id = await leftOver(project);
  project.fault({ kind: 'delay', delayMs: 3000, method: 'GET', path: '/volume/*', times: 3 });
  const run = await provision(project);
  await reachesEdge(client, run, { step: 'create-volume-data', edge: 'done' });
  const failure = await cancelled(handleOf(project, await resetToAfter(client, run, 'preflight')));

  expect(ids(project.instances)).toEqual([id]);
  expect(project.volumes).toEqual([]);
  expect(failure).toMatchObject(asCancelled);
  project.expects({ id });
});

test.concurrent('it takes back its own also where OVH would refuse to make it', async () => {
  const project = stack.project();
  project.fault({ kind: 'status', status: 500, method: 'POST', path: '/volume', times: 99 });
  const run = await provision(project);
  await reachesEdge(client, run, { step: 'create-instance', edge: 'done' });
  // Only who plans a volume asks for it.
  project.fault({ kind: 'status', status: 403, method: 'GET', path: '/quota', times: 99 });
  const failure = await cancelled(handleOf(project, await resetToAfter(client, run, 'preflight')));

  expect([...project.instances, ...project.volumes]).toEqual([]);
  expect(failure).toMatchObject(asCancelled);
});

test.concurrent('what it has attached to an instance of an earlier run is named', async () => {
  const project = stack.project();
  const id = await leftOver(project);
  const run = await provision(project);
  await reachesEdge(client, run, { step: 'attach-volume-data', edge: 'done' });
  project.fault({ kind: 'status', status: 500, method: 'GET', path: '/volume', forMs: 3000 });
  await until(() => project.volumes[0]?.status === 'in-use');
  const failure = await cancelled(handleOf(project, await resetToAfter(client, run, 'preflight')));

  expect(ids(project.instances)).toEqual([id]);
  expect(project.volumes).toMatchObject([{ status: 'in-use', attachedTo: [id] }]);
  const left = [{ kind: 'volume', id: project.volumes[0]?.id, why: `instance ${id} has it` }];
  expect(failure).toMatchObject({ cause: { type: 'Cancelled', details: [{ left }] } });
  project.expects({ id });
});

test.concurrent('a run that is reset twice takes back what was made between the two', async () => {
  const project = stack.project();
  const run = await provision(project);
  await reachesEdge(client, run, { step: 'preflight', edge: 'begun' });
  const { workflowId } = run;
  const second = { workflowId, runId: await resetToAfter(client, run) } as Run;
  project.fault({ kind: 'delay', delayMs: 3000, method: 'GET', path: '/instance/*', times: 3 });
  await reachesEdge(client, second, { step: 'create-instance', edge: 'done' });
  const failure = await cancelled(handleOf(project, await resetToAfter(client, second)));

  expect([...project.instances, ...project.volumes]).toEqual([]);
  expect(failure).toMatchObject(asCancelled);
});

/** A run that fails, keeps what it made, and looks for what a lost answer has made beside it. */
async function looksForWhatIsLeft(project: TestProject, overrides: Partial<NodeSpec> = {}): Promise<Run> {
  project.fault({ kind: 'late', delayMs: 2500, method: 'POST', path: '/instance', times: 1 });
  // The instance has been asked for by the time at which the volume is refused.
  project.fault({ kind: 'rate-limit', retryAfter: 1, method: 'POST', path: '/volume', times: 4 });
  project.fault({ kind: 'status', status: 400, method: 'POST', path: '/volume', times: 1 });
  const run = await provision(project, overrides);
  const isStopped = () =>
    run.keep().then(
      () => true,
      () => false,
    );
  if (!overrides.run) await until(isStopped);
  await reachesEdge(client, run, { step: 'left', edge: 'begun' });
  return run;
}

const kept = { run: { onFailure: 'keep' as const } };

test.concurrent.each([
  ['because the spec says so', kept],
  ['because somebody stopped its rollback', {}],
])('a run that is reset while it looks for what it keeps begins anew: %s', async (_, overrides) => {
  const project = stack.project();
  const run = await looksForWhatIsLeft(project, overrides);
  const result: unknown = await handleOf(project, await resetToLast(client, run)).result();

  expect(project.instances).toMatchObject([{ status: 'ACTIVE' }]);
  expect(project.volumes).toMatchObject([{ status: 'in-use', attachedTo: ids(project.instances) }]);
  expect(result).toMatchObject({ instance: { id: project.instances[0]?.id } });
});

test.concurrent('a cancel while it looks for what it keeps rolls it back', async () => {
  const project = stack.project();
  const run = await looksForWhatIsLeft(project, kept);
  const failure = await cancelled(handleOf(project, run.runId));

  expect([...project.instances, ...project.volumes]).toEqual([]);
  expect(failure).toMatchObject({ cause: { type: 'Cancelled', details: [{ left: [] }] } });
});
