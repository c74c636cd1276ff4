import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createSimulator,
  serveSimulator,
  type SimulatorCredentials,
  type SimulatorOptions,
} from '../../src/simulator/index.ts';
import { startEmbeddedServer } from '../../src/temporal/embedded-server.ts';

type Credentials = Pick<
  SimulatorCredentials,
  'projectId' | 'applicationKey' | 'applicationSecret' | 'consumerKey'
>;

/** What a worker, and every command that asks OVH, needs for one project of a simulator. */
export function ovhEnvironment(endpoint: string, credentials: Credentials) {
  return {
    OVH_ENDPOINT: endpoint,
    OVH_CLOUD_PROJECT_SERVICE: credentials.projectId,
    OVH_APPLICATION_KEY: credentials.applicationKey,
    OVH_APPLICATION_SECRET: credentials.applicationSecret,
    OVH_CONSUMER_KEY: credentials.consumerKey,
  };
}

/** For programs that start their workers as processes: Temporal, an OVH on loopback, a folder, and the workers' environment. */
export async function openScene(name: string, options: SimulatorOptions) {
  const folder = await mkdtemp(join(tmpdir(), `mooring-${name}-`));
  const server = await startEmbeddedServer();
  const simulator = createSimulator(options);
  const ovh = await serveSimulator(simulator);
  const env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    HOME: folder,
    TEMPORAL_ADDRESS: server.address,
    MOORING_OWNER: name,
    MOORING_SETTLE: '5s',
    MOORING_LOG_LEVEL: 'ERROR',
    ...ovhEnvironment(ovh.endpoint, simulator.first),
  };
  return {
    folder,
    address: server.address,
    simulator,
    env,
    /** How many instances and volumes OVH holds. */
    holds(): [instances: number, volumes: number] {
      const { instances, volumes } = simulator.state(simulator.first.projectId);
      return [instances.length, volumes.length];
    },
    async close(): Promise<void> {
      await server.stop();
      await ovh.close();
      await rm(folder, { recursive: true });
    },
  };
}
