import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, test, type TestContext } from 'vitest';
import {
  LISTED,
  fleetNodeName,
  fleetWorkflowId,
  type FleetNode,
  type FleetSpec,
} from '../../src/contract/index.ts';
import { quickProgram, type Program } from '../support/quick-program.ts';
import { resetRun } from '../support/reset-run.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { during, until } from '../support/until.ts';
import { environmentOfAll, spawnWorker } from '../support/worker-process.ts';
import { recordRun } from './by-hand.ts';
import { leftOf } from './long-stack.ts';

/*
 * Looks by id at the nodes of a fleet, of which more are needed than fit into a look's start-to-close time-out: six seconds
 * here, a minute in production.
 */

let quick: Program;
let client: Client;
beforeAll(async () => {
  quick = await quickProgram();
  client = new Client({ connection: await Connection.connect({ address: inject('temporalAddress') }) });
});
afterAll(async () => {
  await client.connection.close();
  await quick.remove();
});

async function begin(context: TestContext) {
  const stack = await Stack.start({ worker: false, simulator: { bootMs: 100, deleteMs: 50 } });
  context.onTestFinished(() => stack.stop());
  const project = stack.project();
  spawnWorker(await environmentOfAll(stack, context), context, quick.main);
  const { node } = project.fleet();
  const fleet = (overrides: Partial<FleetSpec>): FleetSpec =>
    project.fleet({ ...overrides, node: { ...node, volumes: [] } });
  const request = { project: project.alias, name: 'web' };
  return { stack, project, fleet, request, workflowId: fleetWorkflowId(request) };
}

/** That somebody has deleted since. */
const gone = (count: number): FleetNode[] =>
  Array.from({ length: count }, (_, index) => ({
    name: fleetNodeName('web', index + 2),
    region: 'GRA11',
    outcome: 'created',
    instanceId: randomUUID(),
    address: null,
  }));

const looksById = (project: TestProject, nodes: FleetNode[]) => {
  const ids = new Set(nodes.map(({ instanceId }) => instanceId));
  return project.calls.filter(
    ({ method, path }) => method === 'GET' && ids.has(path.split('/').at(-1) ?? ''),
  );
};

test.concurrent('a fleet that is cancelled after a reset is rolled back', async (context) => {
  const { stack, project, fleet, workflowId } = await begin(context);
  const nodes = 24;
  // The last one is never made, so that the fleet is reset before its end; the others it has been told of.
  project.fault({ kind: 'status', method: 'POST', path: '/instance', after: nodes, times: 100_000 });
  const run = await stack.mooring.start('provisionFleet', fleet({ count: nodes + 1 }));
  await during(
    run,
    async () => (await run.progress()).fleet?.ready,
    (ready) => ready === nodes,
  );
  // One after the other they would take twelve seconds; the whole of them takes more than a turn.
  project.fault({ kind: 'delay', delayMs: 3000, method: 'GET', path: '/instance/*', times: 100_000 });
  const { events = [] } = await client.workflow.getHandle(workflowId, run.runId).fetchHistory();
  const first = events?.find((event) => event.workflowTaskCompletedEventAttributes);
  await resetRun(client, { workflowId, runId: run.runId }, first?.eventId);
  const now = await stack.mooring.get({ project: project.alias, fleet: 'web' });
  await now.cancel();
  await until(() => project.changes.some((change) => change.startsWith('DELETE /instance')));
  stack.simulator.clearFaults();

  expect(await leftOf(now)).toEqual({ type: 'Cancelled', left: [] });
  expect(project.instances).toEqual([]);
});

test.concurrent('a fleet whose nodes have gone one by one is destroyed', async (context) => {
  const { stack, project, fleet, request, workflowId } = await begin(context);
  await (await stack.mooring.start('provisionFleet', fleet({ count: 1 }))).result();
  // A worker looks at twenty a second at most, so at 120 in its time.
  const others = gone(200);
  await recordRun(
    client,
    { type: 'provisionFleet', workflowId },
    { result: { nodes: others, failed: [], left: [] } },
  );
  const destroying = await stack.mooring.start('destroyFleet', request);
  const { nodes } = await destroying.result();

  expect(project.instances).toEqual([]);
  expect(nodes.map(({ name }) => name)).toEqual(['web-001']);
  // Those that were on their way at the end of a turn are looked at again, and no other.
  expect(looksById(project, others).length).toBeLessThan(1.5 * others.length);
});

test.concurrent(
  'what others have deleted in the project holds a fleet up, and times out no look',
  async (context) => {
    const { stack, project, fleet, request, workflowId } = await begin(context);
    const { origin } = new URL(stack.endpoint);
    const { projectId } = project.credentials;
    const body = JSON.stringify({ projectId, region: 'GRA11', name: 'theirs' });
    // A worker that has listed them looks at each that a list leaves out, at twenty a second.
    const theirs = await Promise.all(
      Array.from({ length: 150 }, async () => {
        const made = await fetch(`${origin}/_simulator/volumes`, { method: 'POST', body });
        return ((await made.json()) as { id: string }).id;
      }),
    );
    await (await stack.mooring.start('provisionFleet', fleet({ count: 1 }))).result();
    await Promise.all(theirs.map((id) => fetch(`${origin}/_simulator/volumes/${id}`, { method: 'DELETE' })));
    const destroying = await stack.mooring.start('destroyFleet', request);
    const handle = client.workflow.getHandle(workflowId, destroying.runId);
    const said = await during(
      destroying,
      async () => (await handle.describe()).raw.pendingActivities?.[0]?.lastFailure?.message,
    );
    await destroying.result();

    expect(project.instances).toEqual([]);
    expect(said).toContain('take longer than a turn; they are asked again');
  },
);

test.concurrent(
  'what a failed destroy says that it has destroyed is not looked for again',
  async (context) => {
    const { stack, project, fleet, request, workflowId } = await begin(context);
    await (await stack.mooring.start('provisionFleet', fleet({ count: 1 }))).result();
    const others = gone(2 * LISTED);
    const ended = { failed: [], left: [] };
    await recordRun(client, { type: 'provisionFleet', workflowId }, { result: { ...ended, nodes: others } });
    const named = others.slice(0, LISTED).map((node) => ({ ...node, outcome: 'destroyed' as const }));
    const destroyed = { GRA11: others.map((_, index) => index + 2) };
    await recordRun(
      client,
      { type: 'destroyFleet', workflowId },
      { failure: { ...failure, fleet: { ...ended, nodes: named, destroyed } } },
    );
    await (await stack.mooring.start('destroyFleet', request)).result();

    expect(project.instances).toEqual([]);
    expect(looksById(project, others)).toEqual([]);
  },
);

const failure = {
  step: null,
  cause: { status: null, ovhClass: null, message: 'one resists', queryId: null },
  undone: [],
  left: [],
  spared: [],
};
