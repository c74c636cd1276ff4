import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import type { Fault } from '../../src/simulator/index.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { PATIENT } from '../support/patience.ts';
import { Stack } from '../support/stack.ts';
import { during } from '../support/until.ts';

/*
 * An answer that was lost is not a failure: the request may have been applied. Whatever is lost, afterwards there is
 * exactly one of everything.
 */

const calls = { instance: '/instance', volume: '/volume', attach: '/volume/*/attach' };

const faults: Record<string, Omit<Fault, 'method' | 'path' | 'times'>> = {
  'the connection is reset before': { kind: 'reset-before' },
  'the answer is lost': { kind: 'reset-after' },
  '500 before': { kind: 'status', status: 500 },
  '500 after': { kind: 'status-after', status: 500 },
  '504 after': { kind: 'status-after', status: 504 },
  'HTML instead of an answer': { kind: 'html', status: 503 },
  'truncated JSON': { kind: 'malformed' },
  'too many requests': { kind: 'rate-limit', retryAfter: 1 },
};

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.stop());

describe.concurrent.each(Object.entries(calls))('POST %s', (_, path) => {
  test.concurrent.each(Object.entries(faults))('%s', async (_, fault) => {
    const project = stack.project();
    project.fault({ ...fault, method: 'POST', path, times: 1 });
    const node = await (await stack.mooring.start('provisionNodeWithVolume', project.spec())).result();

    expect(project.instances).toHaveLength(1);
    expect(project.volumes).toMatchObject([{ status: 'in-use', attachedTo: [project.instances[0]?.id] }]);
    expect(node).toMatchObject({ outcome: 'created', instance: { id: project.instances[0]?.id } });
  });
});

test.concurrent(
  'an instance that OVH made twice is counted, and the one that nobody asked for deleted',
  async () => {
    const project = stack.project();
    project.fault({ kind: 'duplicate', method: 'POST', path: '/instance', times: 1 });
    const node = await (await stack.mooring.start('provisionNodeWithVolume', project.spec())).result();

    expect(project.instances.map(({ id }) => id)).toEqual([node.instance.id]);
    expect(project.volumes).toHaveLength(1);
  },
);

test.concurrent('an attachment that OVH takes and lets come to nothing is asked for again', async () => {
  const project = stack.project();
  project.fault({ kind: 'volume-error', method: 'POST', path: '/volume/*/attach', times: 2 });
  const node = await (await stack.mooring.start('provisionNodeWithVolume', project.spec())).result();
  expect(project.volumes).toMatchObject([{ status: 'in-use', attachedTo: [node.instance.id] }]);
  expect(project.changes.filter((change) => change.endsWith('/attach'))).toHaveLength(3);
});

test.concurrent('an answer that was lost while lists lag: it looks until they have caught up', async () => {
  const lagging = await Stack.start({ simulator: { listLagMs: 2500 }, settleMs: 4000 });
  const project = lagging.project();
  project.fault({ kind: 'reset-after', method: 'POST', path: '/instance', times: 1 });
  project.fault({ kind: 'reset-after', method: 'POST', path: '/volume', times: 1 });
  const node = await (await lagging.mooring.start('provisionNodeWithVolume', project.spec())).result();
  await lagging.stop();

  expect(project.instances.map(({ id }) => id)).toEqual([node.instance.id]);
  expect(project.volumes.map(({ id }) => id)).toEqual(node.volumes.map(({ id }) => id));
  expect(project.changes.filter((change) => change === 'POST /instance')).toHaveLength(1);
  expect(project.changes.filter((change) => change === 'POST /volume')).toHaveLength(1);
});

/** OVH applies the request for the instance long after its answer was lost, and within the settle window. */
async function oneThoughLate(meanwhile: (run: Run) => Promise<void> = async () => undefined): Promise<void> {
  const late = await Stack.start({ settleMs: 4000 });
  const project = late.project();
  project.fault({ kind: 'late', method: 'POST', path: '/instance', times: 1, delayMs: 2500 });
  const run = await late.mooring.start('provisionNodeWithVolume', project.spec());
  await meanwhile(run);
  const node = await run.result();
  await late.stop();

  expect(project.instances.map(({ id }) => id)).toEqual([node.instance.id]);
  expect(project.changes.filter((change) => change === 'POST /instance')).toHaveLength(1);
}

test.concurrent(
  'a request that OVH applies late, within the settle window, is found before a second one is made',
  () => oneThoughLate(),
);

test.concurrent(
  'a step that somebody resets in Temporal, while its answer is missing, asks OVH no earlier',
  async () => {
    const { client, connection } = await connectClient({
      ...PATIENT,
      address: inject('temporalAddress'),
      env: {},
    });
    const { namespace } = client.options;
    const id = 'create-instance';
    await oneThoughLate(async (run) => {
      const { workflowId } = run;
      await during(run, async () => {
        const { raw } = await client.workflow.getHandle(workflowId).describe();
        return raw.pendingActivities?.some(({ activityId, attempt }) => activityId === id && attempt === 2);
      });
      await client.workflowService.resetActivity({ namespace, execution: { workflowId }, id });
    });
    await connection.close();
  },
);
