import { randomUUID } from 'node:crypto';
import { Client, Connection, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { FailureDetails, WorkflowType } from '../../src/contract/index.ts';
import { workflowTypes } from '../../src/contract/schemas/workflow-types.ts';
import { Stack, type TestProject } from '../support/stack.ts';

/** Whoever can reach Temporal can send any JSON: what is no request ends the run, and never fails its workflow task. */

const TYPES = Object.keys(workflowTypes) as WorkflowType[];

let stack: Stack;
let project: TestProject;
let client: Client;
beforeAll(async () => {
  stack = await Stack.start();
  project = stack.project();
  client = new Client({ connection: await Connection.connect({ address: inject('temporalAddress') }) });
});
afterAll(async () => {
  await client.connection.close();
  await stack.stop();
});

function nested(depth: number): string {
  return `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
}

const hostile: [what: string, input: unknown][] = [
  ['null', null],
  ['a number', 42],
  ['a text', 'web-1'],
  ['true', true],
  ['an empty list', []],
  ['a list of requests', [{ name: 'web-1', region: 'GRA11' }]],
  ['a name whose toString is no function', { name: { toString: 1 }, region: 'GRA11' }],
  ['a name whose valueOf is no function', { name: { valueOf: 1, toString: null }, region: 'GRA11' }],
  ['a region that is null', { name: 'web-1', region: null }],
  ['a project that is a list', { project: [{ toString: 1 }], name: 'web-1', region: 'GRA11' }],
  ['a node whose project is an object', { name: 'web', count: 1, node: { project: { toString: 1 } } }],
  ['a node whose project is a list', { name: 'web', count: 1, node: { project: ['x', { toString: 1 }] } }],
  ['a name that is a list', { name: ['web-1'], region: 'GRA11' }],
  ['a place whose node is an object', { place: { node: { toString: 1 } }, about: {}, known: { name: {} } }],
  ['an unknown key', { name: 'web-1', region: 'GRA11', flavour: 'b3-8' }],
  ['__proto__', JSON.parse('{"__proto__": {"name": "web-1"}, "name": "web-1", "region": "GRA11"}')],
  ['constructor', { constructor: { prototype: { name: 1 } }, name: 'web-1', region: 'GRA11' }],
  ['everything null', { name: null, region: null, project: null, volumes: null, node: null, labels: null }],
  ['a hundred levels', JSON.parse(nested(100))],
  ['an unknown key of a megabyte', { name: 'web-1', region: 'GRA11', ['x'.repeat(1_000_000)]: 1 }],
  ['a hundred thousand wrong volumes', { name: 'web-1', region: 'GRA11', volumes: Array(100_000).fill(0) }],
];

/** Why workflow tasks failed: Temporal repeats them for ever. */
function taskFailures({ events }: Awaited<ReturnType<WorkflowHandle['fetchHistory']>>) {
  return (events ?? []).flatMap(
    ({ workflowTaskFailedEventAttributes: failed }) => failed?.failure?.message ?? [],
  );
}

async function failureOf(type: string, args: unknown[], workflowId = `stranger-${randomUUID()}`) {
  return endOf(await client.workflow.start(type, { workflowId, taskQueue: stack.config.taskQueue, args }));
}

async function endOf(handle: WorkflowHandle) {
  const error: unknown = await handle.result().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(WorkflowFailedError);
  return {
    failure: (error as WorkflowFailedError).cause,
    failedTasks: taskFailures(await handle.fetchHistory()),
  };
}

const refused = {
  failure: {
    type: 'InvalidSpec',
    message: expect.stringMatching(/^[^\n]{10,4000}$/),
    details: [
      {
        step: expect.toSatisfy((step) => [null, 'baseline', 'preflight'].includes(step)),
        cause: { status: null, ovhClass: null, message: expect.any(String), queryId: null },
        undone: [],
        left: [],
        spared: [],
      } satisfies Record<keyof Omit<FailureDetails, 'fleet' | 'deploy'>, unknown>,
    ],
  },
  failedTasks: [],
};

describe.each(TYPES)('%s refuses, under an id of somebody else,', (type) => {
  test.concurrent.each(hostile)('%s', async (_what, input) => {
    expect(await failureOf(type, [input])).toMatchObject(refused);
  });

  test.concurrent('what is nested 20,000 levels deep', async () => {
    const workflowId = `stranger-${randomUUID()}`;
    // This SDK's client cannot even write it; others can.
    const data = Buffer.from(`{"name":"web-1","region":"GRA11","volumes":${nested(20_000)}}`);
    await client.workflowService.startWorkflowExecution({
      namespace: 'default',
      requestId: randomUUID(),
      workflowId,
      workflowType: { name: type },
      taskQueue: { name: stack.config.taskQueue },
      input: { payloads: [{ metadata: { encoding: Buffer.from('json/plain') }, data }] },
    });
    expect(await endOf(client.workflow.getHandle(workflowId))).toMatchObject(refused);
  });

  test.concurrent('whatever JSON there is', async () => {
    const json = fc.oneof(
      fc.jsonValue({ maxDepth: 4 }),
      fc.record({ name: fc.jsonValue(), region: fc.jsonValue(), project: fc.jsonValue() }),
    );
    await fc.assert(
      fc.asyncProperty(json, async (input) => {
        // No project of this name exists, so that an empty request of `listNodes` is refused, too.
        expect(await failureOf(type, [input])).toMatchObject(refused);
      }),
      { numRuns: 8 },
    );
  });
});

test.each(TYPES.filter((type) => type !== 'listNodes' && type !== 'reap'))(
  '%s refuses no request at all',
  async (type) => {
    expect(await failureOf(type, [])).toMatchObject(refused);
  },
);

test.each(['provisionNodeWithVolume', 'destroyNode', 'reapNode'])(
  '%s refuses, under the id that its input seems to name,',
  async (type) => {
    const input = { place: { node: { toString: 1 } } };
    expect(await failureOf(type, [input], 'node.main.undefined.undefined')).toMatchObject(refused);
  },
);

test('a fleet believes no tally that a stranger sends with it', async () => {
  const name = `fleet-${randomUUID().slice(0, 8)}`;
  const handle = await client.workflow.start('destroyFleet', {
    workflowId: `fleet.${project.alias}.${name}`,
    taskQueue: stack.config.taskQueue,
    args: [{ project: project.alias, name }, 5],
  });
  expect(await handle.result()).toMatchObject({ nodes: [], failed: [], left: [] });
  expect(taskFailures(await handle.fetchHistory())).toEqual([]);
});
