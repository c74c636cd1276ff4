import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { instanceWireName, markOf, signOf } from '../../src/identity/mark.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { standing } from '../faults/standing.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { during } from '../support/until.ts';
import { PATIENT } from '../support/patience.ts';

/* What somebody else, a proxy or OVH itself puts into an answer keeps nobody from what they asked for. */

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.stop());

const provision = async (project: TestProject) =>
  stack.mooring.start('provisionNodeWithVolume', project.spec());

async function control(
  path: string,
  { credentials: { projectId } }: TestProject,
  body: object,
): Promise<void> {
  const { origin } = new URL(stack.endpoint);
  const answer = await fetch(`${origin}/_simulator${path}`, {
    method: 'POST',
    body: JSON.stringify({ projectId, ...body }),
  });
  expect(answer.ok).toBe(true);
}

test.concurrent('odd records of somebody else in every list keep no operation waiting', async () => {
  const project = stack.project();
  const theirs = { id: 'theirs', name: 'theirs', region: 'GRA11' };
  const odd = [
    { ...theirs, status: null },
    { ...theirs, created: 7, size: 'large' },
    { name: 'theirs' },
    null,
  ];
  for (const list of ['instance', 'volume', 'flavor', 'image', 'quota', 'operation', 'sshkey', 'snapshot'])
    for (const record of odd) await control('/odd-records', project, { list, record });

  const node = await (await provision(project)).result();
  expect(project.volumes).toMatchObject([{ status: 'in-use', attachedTo: [node.instance.id] }]);
  const listed = await (
    await stack.mooring.start('listNodes', { project: project.alias, region: 'GRA11' })
  ).result();
  expect(listed.nodes).toHaveLength(1);
  await (await stack.mooring.start('destroyNode', project.ref)).result();
  expect([...project.instances, ...project.volumes]).toEqual([]);
});

test.concurrent('a region that is not there at one look refuses nobody: the list has it', async () => {
  const notThere = (project: TestProject) =>
    project.fault({ kind: 'status', status: 404, method: 'GET', path: '/region/GRA11', times: 1 });
  const project = stack.project();
  notThere(project);
  const node = await (await provision(project)).result();
  expect(project.volumes).toMatchObject([{ status: 'in-use', attachedTo: [node.instance.id] }]);

  // Of this one the worker has asked nothing yet.
  const other = stack.project();
  const { projectId } = other.credentials;
  const mark = markOf({ owner: 'tests', projectId, region: 'GRA11' }, 'web-1');
  const name = instanceWireName({ node: 'web-1', mark, sign: signOf('a run of another Temporal') });
  await control('/instances', other, { name });
  notThere(other);
  await (await stack.mooring.start('destroyNode', other.ref)).result();
  expect(other.instances).toEqual([]);
  for (const each of [project, other])
    expect(
      each.calls.filter(({ path, status }) => path.endsWith('/region/GRA11') && status === 404),
    ).toHaveLength(1);
});

test.concurrent.each([
  ['POST', '/instance'],
  ['GET', '/instance/*'],
  ['POST', '/volume'],
  ['POST', '/volume/*/attach'],
  ['GET', '/volume/*'],
])("somebody else's thing in the answer to %s %s is left alone", async (method, path) => {
  const project = stack.project();
  const theirs = await standing(stack, project);
  project.fault({ kind: 'answer-of-another', method, path, times: 2 });
  const node = await (await provision(project)).result();

  const { instances, volumes } = theirs.ours();
  expect(instances.map(({ id }) => id)).toEqual([node.instance.id]);
  expect(volumes).toMatchObject([{ status: 'in-use', attachedTo: [node.instance.id] }]);
  expect(theirs.untouched()).toBe(true);
});

test.concurrent('an image that OVH publishes anew fails one node at most', async () => {
  const project = stack.project();
  await (await provision(project)).result();
  await control('/images', project, { name: 'Debian 12', region: 'GRA11' });
  const next = async (name: string) =>
    (await stack.mooring.start('provisionNodeWithVolume', project.spec({ name }))).result();
  await expect(next('web-2')).rejects.toMatchObject({ type: 'OvhNotFound' });
  expect(project.instances).toHaveLength(1);
  await expect(next('web-3')).resolves.toMatchObject({ outcome: 'created' });
  expect(project.instances).toHaveLength(2);
});

test.concurrent(
  'Retry-After of an hour, or of thousands of years, puts a step to sleep for a minute',
  async () => {
    const project = stack.project();
    project.fault({ kind: 'rate-limit', method: 'POST', path: '/volume', retryAfter: 99_999_999_999 });
    const run = await provision(project);
    const { client, connection } = await connectClient({ ...PATIENT, address: inject('temporalAddress') });
    try {
      const handle = client.workflow.getHandle(run.workflowId, run.runId);
      const interval = await during(run, async () => {
        const { raw } = await handle.describe();
        const refused = raw.pendingActivities?.find(({ lastFailure }) =>
          lastFailure?.message?.includes('429'),
        );
        return refused?.currentRetryInterval;
      });
      expect(Number(interval?.seconds)).toBe(60);
      // It stays open: a worker that stops finishes what waits for OVH's pause, and the run names it.
    } finally {
      await connection.close();
    }
  },
);

test.concurrent('a node is not gone that a list shows, whatever OVH answers to its id', async () => {
  const project = stack.project();
  project.fault({ kind: 'status', status: 404, method: 'GET', path: '/instance/*', forMs: 8000 });
  const node = await (await provision(project)).result();

  expect(project.instances).toMatchObject([{ id: node.instance.id, status: 'ACTIVE' }]);
  expect(project.changes.filter((change) => change.startsWith('DELETE'))).toEqual([]);
});

test.concurrent('a node is not gone while the key is one of another account', async () => {
  const project = stack.project();
  const run = await provision(project);
  await during(run, () => project.instances.length === 1 && project.volumes.length === 1);
  const message = 'This service does not exist';
  project.fault({ kind: 'status', status: 404, message, method: 'GET', path: '/**', forMs: 5000 });
  const node = await run.result();

  expect(project.instances).toMatchObject([{ id: node.instance.id, status: 'ACTIVE' }]);
  expect(project.changes.filter((change) => change.startsWith('DELETE'))).toEqual([]);
});
