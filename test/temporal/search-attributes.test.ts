import { Client, Connection, ServiceError } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Mooring } from '../../src/client/index.ts';
import { SEARCH_ATTRIBUTES } from '../../src/contract/search-attributes.ts';
import { lookForSearchAttributes, makeSearchAttributes } from '../../src/temporal/search-attributes.ts';
import { startWorker } from '../../src/worker/worker.ts';
import { PATIENCE_MS, PATIENT } from '../support/patience.ts';
import { Stack } from '../support/stack.ts';
import { until } from '../support/until.ts';

const namespace = 'search-attributes';
const address = inject('temporalAddress');
let stack: Stack;
let client: Client;
beforeAll(async () => {
  stack = await Stack.start({ worker: false });
  const connection = await Connection.connect({ address, connectTimeout: PATIENCE_MS });
  client = new Client({ connection, namespace });
  await register(client);
});
afterAll(async () => {
  await client.connection.close();
  await stack.stop();
});

async function register({ connection, options }: Client): Promise<void> {
  await connection.workflowService.registerNamespace({
    namespace: options.namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  await until(
    () => lookForSearchAttributes({ connection, options }).catch(() => undefined),
    (there) => there !== undefined,
  );
}

test('runs are found by project, region, node and fleet once the namespace has these, and nothing breaks before', async () => {
  const project = stack.project();
  const temporal = { ...PATIENT, address, namespace, env: {} };
  const worker = await startWorker(stack.config, temporal);
  const connect = async () => Mooring.connect({ ...temporal, taskQueue: stack.config.taskQueue });
  const attributesOf = async (workflowId: string) => {
    const { typedSearchAttributes } = await client.workflow.getHandle(workflowId).describe();
    const own = typedSearchAttributes.getAll().filter(({ key }) => key.name.startsWith('Mooring'));
    return Object.fromEntries(own.map(({ key, value }) => [key.name, value]));
  };

  const before = await connect();
  const node = await (await before.start('provisionNodeWithVolume', project.spec())).result();
  expect(await attributesOf(node.run.workflowId)).toEqual({});
  await before.close();
  const { missing } = await lookForSearchAttributes(client);
  expect(missing).toEqual(['MooringProject', 'MooringRegion', 'MooringNode', 'MooringFleet']);
  await makeSearchAttributes(client, missing);
  await until(
    () => lookForSearchAttributes(client),
    (there) => there.missing.length === 0,
  );

  const after = await connect();
  await (await after.start('provisionNodeWithVolume', project.spec())).result();
  expect(await attributesOf(node.run.workflowId)).toEqual({
    MooringProject: project.alias,
    MooringRegion: 'GRA11',
    MooringNode: 'web-1',
  });
  const { name: _name, region, ...rest } = project.spec();
  const fleet = { name: 'shop', project: project.alias, count: 1, regions: [region], node: rest };
  const run = await after.start('provisionFleet', fleet);
  const { nodes } = await run.result();
  expect(await attributesOf(run.workflowId)).toEqual({ MooringProject: project.alias, MooringFleet: 'shop' });
  expect(await attributesOf(`node.${project.alias}.GRA11.${nodes[0]?.name}`)).toMatchObject({
    MooringProject: project.alias,
    MooringNode: nodes[0]?.name,
    MooringFleet: 'shop',
  });
  await after.close();
  await worker.stop();
  // Their runs are in another namespace than that of other tests.
  project.expects(...project.instances, ...project.volumes);
});

test('a namespace that could not be asked for them is asked again', async () => {
  const later = new Client({ connection: client.connection, namespace: 'search-attributes-later' });
  const mooring = Mooring.from(later, { ...PATIENT, taskQueue: 'nobody' });
  const ref = { region: 'GRA11', name: 'web-1' };
  await expect(mooring.start('inspectNode', ref)).rejects.toBeInstanceOf(ServiceError);
  await register(later);
  await makeSearchAttributes(later, [...SEARCH_ATTRIBUTES]);
  await until(
    () => lookForSearchAttributes(later),
    (there) => there.missing.length === 0,
  );

  const { workflowId } = await mooring.start('destroyNode', ref);
  const handle = later.workflow.getHandle(workflowId);
  const { typedSearchAttributes } = await handle.describe();
  expect(typedSearchAttributes.getAll().map(({ key }) => key.name)).toContain('MooringNode');
  await handle.terminate('the test is over');
});
