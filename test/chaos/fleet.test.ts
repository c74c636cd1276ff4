import { expect, inject, test } from 'vitest';
import { during } from '../support/until.ts';
import { Mooring } from '../../src/client/index.ts';
import type { FleetSpec } from '../../src/contract/index.ts';
import { createSimulator, serveSimulator } from '../../src/simulator/index.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { startEmbeddedServer } from '../../src/temporal/embedded-server.ts';
import { installRuntime, startWorker } from '../../src/worker/worker.ts';

/* A fleet whose history becomes too long continues as new runs. Here Temporal finds a history long after 40 events. */

installRuntime('ERROR');
const COUNT = 12;

test('a fleet of many runs makes, rolls back and destroys exactly its nodes', async () => {
  const simulator = createSimulator({ bootMs: 300, volumeMs: 100, attachMs: 50, deleteMs: 50 });
  const { projectId, ...credentials } = simulator.first;
  const ovh = await serveSimulator(simulator);
  const server = await startEmbeddedServer({
    binary: inject('temporalCli'),
    dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 40 },
  });
  const { address } = server;
  const worker = await startWorker(
    {
      taskQueue: 'long',
      owner: 'chaos',
      settleMs: 1000,
      firstLooks: { instance: 250, volume: 150, attach: 100 },
      mutationsPerSecond: 1000,
      logLevel: 'ERROR',
      workflowBundle: inject('workflowBundlePath'),
      userData: { directory: undefined, variables: [] },
      projects: [
        {
          alias: 'main',
          projectId,
          endpoint: ovh.endpoint,
          credentials: () => credentials,
          origin: 'chaos',
          subsidiary: 'FR',
        },
      ],
    },
    { address },
  );
  const mooring = await Mooring.connect({ address, taskQueue: 'long' });
  const { client, connection } = await connectClient({ address });
  const runsOf = async (workflowId: string) =>
    (await client.workflow.count(`WorkflowId = '${workflowId}'`)).count;
  const holds = () => {
    const { instances, volumes } = simulator.state(projectId);
    return [instances.length, volumes.length];
  };
  const node = {
    region: 'GRA11',
    flavor: 'b3-8',
    image: 'Debian 12',
    volumes: [{ name: 'd', size: 10 }],
  };
  const fleet = (overrides: Partial<FleetSpec>): FleetSpec => ({
    name: 'web',
    count: COUNT,
    maxConcurrent: 4,
    node,
    ...overrides,
  });

  try {
    const run = await mooring.start('provisionFleet', fleet({}));
    const made = await run.result();
    expect(made.nodes.map(({ name }) => name).toSorted()).toEqual(
      Array.from({ length: COUNT }, (_, index) => `web-${String(index + 1).padStart(3, '0')}`),
    );
    expect(holds()).toEqual([COUNT, COUNT]);
    expect(await runsOf('fleet.main.web')).toBeGreaterThan(1);
    expect(await run.progress()).toMatchObject({
      status: 'completed',
      fleet: { wanted: COUNT, ready: COUNT },
    });

    // Fails once most of it stands, in a run that did not make most of it.
    const doomed = await mooring.start('provisionFleet', fleet({ name: 'app' }));
    await during(doomed, holds, ([instances = 0]) => instances > 1.6 * COUNT);
    await doomed.cancel();
    await expect(doomed.result()).rejects.toMatchObject({ type: 'Cancelled', details: { left: [] } });
    expect(holds()).toEqual([COUNT, COUNT]);
    expect(await runsOf('fleet.main.app')).toBeGreaterThan(1);

    const gone = await (await mooring.start('destroyFleet', { name: 'web' })).result();
    expect(gone).toMatchObject({ failed: [], left: [] });
    expect(gone.nodes).toHaveLength(COUNT);
    expect(holds()).toEqual([0, 0]);
  } finally {
    await connection.close();
    await mooring.close();
    await worker.stop();
    await server.stop();
    await ovh.close();
  }
});
