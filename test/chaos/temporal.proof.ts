import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, test } from 'vitest';
import { Mooring } from '../../src/client/index.ts';
import type { WorkerConfig } from '../../src/worker/config.ts';
import type { NodeSpec, Workflows } from '../../src/contract/index.ts';
import { createSimulator, serveSimulator } from '../../src/simulator/index.ts';
import { startEmbeddedServer } from '../../src/temporal/embedded-server.ts';
import { startWorker } from '../../src/worker/worker.ts';
import '../support/runtime.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

/* Temporal itself dies: first the server, on its database, in the middle of everything; then the database. */

const NODES = Number(process.env['MOORING_CHAOS_NODES'] ?? 10);

test(
  'nodes outlive the death of the Temporal server, and the loss of its database',
  { timeout: 600_000 },
  async () => {
    const simulator = createSimulator({ bootMs: 2000, volumeMs: 500, attachMs: 200, deleteMs: 200 });
    const { projectId, ...credentials } = simulator.first;
    const ovh = await serveSimulator(simulator);
    const dataDir = await temporaryFolder();
    const options = { dataDir, binary: inject('temporalCli') };
    let server = await startEmbeddedServer(options);
    const { address } = server;
    const port = Number(address.split(':').at(-1));
    const config: WorkerConfig = {
      taskQueue: 'chaos',
      owner: 'chaos',
      settleMs: 2000,
      mutationsPerSecond: 1000,
      firstLooks: { instance: 1000, volume: 300, attach: 150 },
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
    };
    let worker = await startWorker(config, { address });
    const specs = Array.from({ length: NODES }, (_, index): NodeSpec => ({
      name: `web-${index}`,
      region: 'GRA11',
      flavor: 'b3-8',
      image: 'Debian 12',
      volumes: [{ name: 'data', size: 10 }],
    }));
    const posts = () =>
      simulator.calls().filter(({ method, path }) => method === 'POST' && path.startsWith('/cloud'));

    const asked = specs.map(async (spec) => ask(address, 'provisionNodeWithVolume', spec));
    await until(() => simulator.state().instances.length > NODES / 4);
    server.kill('SIGKILL');
    await server.exited;
    await sleep(2000);
    server = await startEmbeddedServer({ ...options, port });
    const nodes = await Promise.all(asked);
    expect(
      simulator
        .state()
        .instances.map(({ id }) => id)
        .toSorted(),
    ).toEqual(nodes.map(({ instance }) => instance.id).toSorted());
    expect(simulator.state().volumes).toHaveLength(NODES);

    await worker.stop();
    await server.stop();
    await rm(dataDir, { recursive: true });
    server = await startEmbeddedServer({ binary: inject('temporalCli'), port });
    worker = await startWorker(config, { address });
    const before = posts().length;
    const again = await Promise.all(specs.map(async (spec) => ask(address, 'provisionNodeWithVolume', spec)));
    expect(posts().length).toBe(before);
    expect(again.map(({ instance, outcome }) => [instance.id, outcome])).toEqual(
      nodes.map(({ instance }) => [instance.id, 'adopted']),
    );

    await Promise.all(specs.map(async ({ region, name }) => ask(address, 'destroyNode', { region, name })));
    const { instances, volumes } = simulator.state();
    expect([...instances, ...volumes]).toEqual([]);
    await worker.stop();
    await server.stop();
    await ovh.close();
  },
);

/** Asks, and asks again while nobody answers: what is asked twice is done once. */
async function ask<Type extends 'provisionNodeWithVolume' | 'destroyNode'>(
  address: string,
  type: Type,
  input: Workflows[Type]['input'],
): Promise<Workflows[Type]['output']> {
  for (let attempt = 0; ; attempt += 1) {
    let mooring: Mooring | undefined;
    try {
      mooring = await Mooring.connect({ address, taskQueue: 'chaos' });
      const run = await mooring.start(type, input);
      return await run.result({ timeoutMs: 300_000 });
    } catch (error) {
      if (attempt === 60) throw error;
      await sleep(1000);
    } finally {
      await mooring?.close();
    }
  }
}
