import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { Run } from '../../src/client/index.ts';
import { connectClient, type ClientConnection } from '../../src/temporal/connect.ts';
import { QUICK, Stack } from '../support/stack.ts';
import { during } from '../support/until.ts';
import { PATIENT } from '../support/patience.ts';

/* What a person sees in Temporal's UI, read from where the UI reads it. `npm run pictures` shows it in a browser. */

const root = fileURLToPath(new URL('../../', import.meta.url));
let stack: Stack;
let temporal: ClientConnection;
beforeAll(async () => {
  stack = await Stack.start();
  temporal = await connectClient({ ...PATIENT, address: inject('temporalAddress') });
});
afterAll(async () => {
  await temporal.connection.close();
  await stack.stop();
});

interface Metadata {
  currentDetails: string;
}

const describe = ({ workflowId, runId }: Run) =>
  temporal.client.workflow.getHandle(workflowId, runId).describe();
const detailsOf = async ({ workflowId, runId }: Run) => {
  const handle = temporal.client.workflow.getHandle(workflowId, runId);
  return (await handle.query<Metadata>('__temporal_workflow_metadata')).currentDetails;
};

test.concurrent(
  'a wait says what it waits for, and is still its first attempt, which has not failed',
  async () => {
    const slow = await stack.anotherCloud({ ...QUICK, bootMs: 15_000 });
    const project = stack.project(slow);
    const run = await stack.mooring.start('provisionNodeWithVolume', project.spec({ volumes: [] }));
    const pending = async () =>
      (await describe(run)).raw.pendingActivities?.find(({ activityId }) => activityId === 'await-instance');
    const isTold = await during(run, async () => {
      const wait = await pending();
      return wait?.heartbeatDetails ? wait : undefined;
    });
    expect(isTold).toMatchObject({ attempt: 1, lastFailure: null });
    const { steps } = await run.progress();
    expect(steps.find(({ step }) => step === 'await-instance')).toMatchObject({
      state: 'waiting',
      attempt: 1,
      ovhStatus: 'BUILD',
      message: expect.stringMatching(/^instance \S+ is BUILD for \d+ s$/) as string,
    });
    expect(await detailsOf(run)).toContain('**Now:** `await-instance` ');

    const node = await run.result();
    expect(project.instances).toMatchObject([{ id: node.instance.id }]);
    expect(await detailsOf(run)).toContain(`(${node.instance.id}) · ACTIVE after `);

    // What was learned is in the plan of the next, and so in what it says from the beginning.
    const another = project.spec({ name: 'another', volumes: [] });
    const next = await stack.mooring.start('provisionNodeWithVolume', another);
    await during(next, async () => (await detailsOf(next)).includes('usually takes '));
    await next.result();
  },
);

test.concurrent(
  'a run is told from others by its summary, has its spec in short, and names no step by its function',
  async () => {
    const project = stack.project();
    const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
    const node = await run.result();
    expect(project.instances).toMatchObject([{ id: node.instance.id }]);
    const description = await describe(run);
    expect(await description.staticSummary()).toBe('b3-8, Debian 12, 1 volume (20 GiB)');
    expect(await description.staticDetails()).toContain('- volumes: data 20 GiB');
    const { events } = await temporal.client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
    const summaries = events!
      .map(({ userMetadata }) => userMetadata?.summary?.data)
      .flatMap((data) => (data ? [JSON.parse(Buffer.from(data).toString()) as string] : []));
    expect(summaries).toContainEqual(`preflight: ${node.name}`);
    expect(summaries).toContainEqual(expect.stringMatching(/^await-instance: \S+$/));
  },
);

test.concurrent(
  'a run that failed says why and what to do first, and names no path of the worker’s machine',
  async () => {
    const project = stack.project();
    project.fault({ kind: 'volume-error', method: 'POST', path: '/volume', times: 1 });
    const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
    const failure = await run.result().catch((error: unknown) => error as Error);
    expect(project.instances).toEqual([]);
    expect(project.volumes).toEqual([]);
    const details = await detailsOf(run);
    expect(details).toMatch(/^\*\*Failed, VolumeFailed:\*\* OVH says that volume /);
    expect(details).toContain('**First:** ask again');
    expect(details).toMatch(/Deleted again:\n\n- (instance|volume) \S+ \(.*\): gone/);
    expect((failure as Error).message).toContain('everything that this run made is deleted again');
    const history = await temporal.client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
    const json = JSON.stringify(historyToJSON(history));
    expect(json).not.toContain(root);
    expect(json).not.toMatch(/\/\S+\/node_modules\//);
  },
);
