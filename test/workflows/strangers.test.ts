import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { nodeSchema } from '../../src/contract/schemas/node.ts';
import { pythonWith } from '../support/python.ts';
import { Stack, type TestProject } from '../support/stack.ts';

/** Anyone who speaks Temporal can provision: a type name, one JSON object, the task queue. No gateway of ours. */

const execute = promisify(execFile);

let stack: Stack;
let client: Client;
beforeAll(async () => {
  stack = await Stack.start();
  client = new Client({ connection: await Connection.connect({ address: inject('temporalAddress') }) });
});
afterAll(async () => {
  await client.connection.close();
  await stack.stop();
});

function expectNode(project: TestProject, node: unknown): void {
  expect(project.instances).toHaveLength(1);
  expect(project.volumes).toMatchObject([{ status: 'in-use', attachedTo: [project.instances[0]?.id] }]);
  expect(nodeSchema.parse(node)).toMatchObject({
    outcome: 'created',
    instance: { id: project.instances[0]?.id },
  });
}

test("with Temporal's command line", async () => {
  const project = stack.project();
  const { stdout } = await execute(inject('temporalCli'), [
    ...[
      'workflow',
      'execute',
      '--address',
      inject('temporalAddress'),
      '--task-queue',
      stack.config.taskQueue,
    ],
    ...['--type', 'provisionNodeWithVolume', '--workflow-id', `cli-${project.alias}`, '-o', 'json'],
    ...['--input', JSON.stringify(project.spec())],
  ]);
  // It prints an empty list as null.
  const { result } = JSON.parse(stdout);
  expectNode(project, { ...result, deploy: result.deploy ?? [], ssh: { ...result.ssh, hostKeys: [] } });
});

test("with curl on Temporal's HTTP API", async () => {
  const project = stack.project();
  const workflowId = `node.${project.alias}.GRA11.web-1`;
  const url = `${inject('temporalHttpUrl')}/api/v1/namespaces/default/workflows/${workflowId}`;
  const body = {
    workflowType: { name: 'provisionNodeWithVolume' },
    taskQueue: { name: stack.config.taskQueue },
    input: [project.spec()],
  };
  const { stdout } = await execute('curl', [
    ...['--silent', '--show-error', '--fail-with-body', '--request', 'POST', url],
    ...['--header', 'content-type: application/json', '--data', JSON.stringify(body)],
  ]);
  expect(JSON.parse(stdout)).toHaveProperty('runId');
  expectNode(project, await client.workflow.getHandle(workflowId).result());
});

const python = await pythonWith('temporalio==1.35.0');

const skipped = 'missing' in python ? ` (skipped: ${python.missing})` : '';

test.skipIf('missing' in python)(`with Temporal's Python SDK${skipped}`, async () => {
  const project = stack.project();
  const program = `
import asyncio, json, os, sys
from temporalio.client import Client
async def main(address, queue, spec):
    client = await Client.connect(address)
    node = await client.execute_workflow("provisionNodeWithVolume", json.loads(spec), id="python-" + json.loads(spec)["project"], task_queue=queue)
    print(json.dumps(node), flush=True)
    # Native threads of the SDK's may crash an interpreter that shuts down; the answer is out.
    os._exit(0)
asyncio.run(main(*sys.argv[1:]))`;
  const { stdout } = await execute('path' in python ? python.path : '', [
    ...['-c', program, inject('temporalAddress'), stack.config.taskQueue],
    JSON.stringify(project.spec()),
  ]);
  expectNode(project, JSON.parse(stdout));
});

const wrong: [what: string, overrides: object, type: string, sentence: string][] = [
  ['no name', { name: undefined }, 'InvalidSpec', 'name is missing'],
  [
    'a volume of size 0',
    { volumes: [{ name: 'data', size: 0 }] },
    'InvalidSpec',
    'volumes[0].size must be at least 10 GiB',
  ],
  [
    'a flavor nobody sells',
    { flavor: 'b3-9' },
    'PreflightFailed',
    'flavor "b3-9" is not sold in GRA11; nearest: b3-8, b3-16',
  ],
  [
    'a volume type that does not exist',
    { volumes: [{ name: 'd', size: 10, type: 'fast' }] },
    'InvalidSpec',
    'volumes[0].type must be one of',
  ],
  [
    'a name of 41 characters',
    { name: 'w'.repeat(41) },
    'InvalidSpec',
    'name must have at most 40 characters',
  ],
  [
    'two volumes of one name',
    {
      volumes: [
        { name: 'd', size: 10 },
        { name: 'd', size: 10 },
      ],
    },
    'InvalidSpec',
    'volumes must differ in name',
  ],
  ['an unknown key', { flavour: 'b3-8' }, 'InvalidSpec', 'the spec has unknown key "flavour"'],
  [
    'a region nobody has',
    { region: 'GRA99' },
    'PreflightFailed',
    'region "GRA99" is not enabled on this project; nearest: GRA11',
  ],
  [
    'a project nobody configured',
    { project: 'nowhere' },
    'InvalidSpec',
    'project "nowhere" is not configured on this worker',
  ],
];

describe('a wrong spec fails at once, and changes nothing', () => {
  test.concurrent.each(wrong)('%s', async (_, overrides, type, sentence) => {
    const project = stack.project();
    const spec = { ...project.spec(), ...overrides };
    const ours = stack.mooring.start('provisionNodeWithVolume', spec as never).then((run) => run.result());
    const theirs = client.workflow
      .execute('provisionNodeWithVolume', {
        workflowId: `wrong-${project.alias}`,
        taskQueue: stack.config.taskQueue,
        args: [spec],
      })
      .catch((error: unknown) => Promise.reject(error instanceof WorkflowFailedError ? error.cause : error));

    theirs.catch(() => undefined);
    await expect(ours).rejects.toMatchObject({ type, message: expect.stringContaining(sentence) });
    await expect(theirs).rejects.toMatchObject({ type, message: expect.stringContaining(sentence) });
    expect(project.changes).toEqual([]);
  });

  test.each([null, 'web-1', 42, []])('%j instead of a spec', async (input) => {
    const theirs = client.workflow
      .execute('provisionNodeWithVolume', {
        workflowId: `nonsense-${stack.config.taskQueue}-${JSON.stringify(input)}`,
        taskQueue: stack.config.taskQueue,
        args: [input],
      })
      .catch((error: unknown) => Promise.reject(error instanceof WorkflowFailedError ? error.cause : error));
    await expect(theirs).rejects.toMatchObject({ type: 'InvalidSpec' });
  });
});
