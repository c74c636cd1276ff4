import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createSimulator,
  serveSimulator,
  type Simulator,
  type SimulatorCredentials,
  type SimulatorOptions,
} from '../simulator/index.ts';
import {
  startEmbeddedServer,
  type EmbeddedServer,
  type EmbeddedServerOptions,
} from '../temporal/embedded-server.ts';
import { defaultDelays, type Delays } from '../simulator/options.ts';
import { environmentOf } from '../temporal/child-environment.ts';
import { writeWorkflowBundle } from '../worker/workflow-source.ts';
import { SEARCH_ATTRIBUTES } from '../contract/search-attributes.ts';
import { GUEST_KEY, openGuests } from './guest-access.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

interface EmbeddedStackOptions {
  dataDir: string;
  /** Temporal's ports. Its UI and its HTTP API are open only where theirs is given. */
  ports?: Pick<EmbeddedServerOptions, 'port' | 'uiPort' | 'httpPort'>;
  simulator?: SimulatorOptions;
  /** Behind each instance a machine that runs commands, on this machine; the worker gets in. Default: none. */
  guests?: boolean | undefined;
  /** How long OVH's lists may lag, such as `3s`. */
  settle: string;
  /** Told what takes long, such as that Temporal is being fetched, once. */
  tell: (line: string) => void;
}

/** Temporal, OVH's simulator and a worker, all on loopback: what `mooring demo` and `mooring dev` play on. */
export class EmbeddedStack {
  readonly simulator: Simulator;
  /** Of the simulator. */
  readonly endpoint: string;
  server: EmbeddedServer;
  worker: WorkerProcess;
  #options: EmbeddedStackOptions;
  #workerEnv: NodeJS.ProcessEnv;
  #closeSimulator: () => Promise<void>;

  private constructor(parts: {
    simulator: Simulator;
    served: { endpoint: string; close(): Promise<void> };
    server: EmbeddedServer;
    worker: WorkerProcess;
    options: EmbeddedStackOptions;
    workerEnv: NodeJS.ProcessEnv;
  }) {
    this.simulator = parts.simulator;
    this.endpoint = parts.served.endpoint;
    this.server = parts.server;
    this.worker = parts.worker;
    this.#options = parts.options;
    this.#workerEnv = parts.workerEnv;
    this.#closeSimulator = () => parts.served.close();
  }

  static async start(options: EmbeddedStackOptions): Promise<EmbeddedStack> {
    await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
    const bundle = join(options.dataDir, 'workflows.cjs');
    const simulator = createSimulator({ ...options.simulator, ...(options.guests && { guests: {} }) });
    const [server] = await Promise.all([startTemporal(options), writeWorkflowBundle(bundle)]);
    const served = await serveSimulator(simulator);
    const workerEnv = {
      ...workerEnvironment(simulator, served.endpoint, options),
      ...(options.guests && (await openGuests(options.dataDir, served.endpoint, simulator.first))),
      MOORING_WORKFLOW_BUNDLE: bundle,
    };
    try {
      const worker = await startWorkerProcess({ ...workerEnv, TEMPORAL_ADDRESS: server.address });
      return new EmbeddedStack({ simulator, served, server, worker, options, workerEnv });
    } catch (error) {
      await Promise.all([server.stop(), served.close()]);
      throw error;
    }
  }

  /** Where the machines behind the instances answer, the SSH key that the worker has, and its file. */
  get guests(): { port: number; key: string; keyFile: string } | undefined {
    const { guests } = this.simulator;
    const folder = this.#workerEnv['MOORING_SSH_KEYS_DIR'];
    return guests && folder
      ? { port: guests.port, key: GUEST_KEY, keyFile: join(folder, GUEST_KEY) }
      : undefined;
  }

  /** One more worker, in the place of the one that was there. */
  async startWorker(): Promise<void> {
    this.worker = await startWorkerProcess({ ...this.#workerEnv, TEMPORAL_ADDRESS: this.server.address });
  }

  /** Stops Temporal, deletes its database, and starts a new one on the same ports. */
  async loseTemporal(): Promise<void> {
    await this.server.stop();
    await rm(temporalDir(this.#options), { recursive: true });
    const portOf = (url: string | undefined) => (url === undefined ? undefined : Number(new URL(url).port));
    const { address, uiUrl, httpUrl } = this.server;
    this.server = await startTemporal({
      ...this.#options,
      ports: { port: portOf(`http://${address}`), uiPort: portOf(uiUrl), httpPort: portOf(httpUrl) },
    });
  }

  /** The worker first: it finishes what it has begun while the others still answer. */
  async stop(): Promise<void> {
    await this.worker.stop();
    await Promise.all([this.server.stop(), this.#closeSimulator(), this.simulator.stop()]);
  }
}

function startTemporal(options: EmbeddedStackOptions): Promise<EmbeddedServer> {
  // The server's own lines would drown everything else.
  const log = (line: string) => void (line.startsWith('Fetching') && options.tell(line));
  const searchAttributes = Object.fromEntries(SEARCH_ATTRIBUTES.map((name) => [name, 'Keyword' as const]));
  return startEmbeddedServer({ ...options.ports, dataDir: temporalDir(options), searchAttributes, log });
}

function temporalDir({ dataDir }: EmbeddedStackOptions): string {
  return join(dataDir, 'temporal');
}

function workerEnvironment(
  { first }: Simulator,
  endpoint: string,
  { settle, simulator }: EmbeddedStackOptions,
): NodeJS.ProcessEnv {
  return {
    ...simulatedEnvironment(first, endpoint),
    MOORING_OWNER: 'simulator',
    MOORING_SETTLE: settle,
    MOORING_FIRST_LOOK: firstLooksAt({ ...defaultDelays, ...simulator }),
  };
}

/** The worker's first looks, as long before the simulator's times as they usually are before OVH's. */
function firstLooksAt({
  bootMs,
  volumeMs,
  attachMs,
}: Pick<Delays, 'bootMs' | 'volumeMs' | 'attachMs'>): string {
  const times = { instance: bootMs, volume: volumeMs, attach: attachMs };
  return Object.entries(times)
    .map(([what, ms]) => `${what}=${Math.round(ms * 0.6)}ms`)
    .join(',');
}

/** Nothing of what this shell has configured for real: a toy must not reach a real project. */
export function simulatedEnvironment(first: SimulatorCredentials, endpoint: string): NodeJS.ProcessEnv {
  return {
    ...environmentOf(process.env, /^NODE_/),
    OVH_ENDPOINT: endpoint,
    OVH_APPLICATION_KEY: first.applicationKey,
    OVH_APPLICATION_SECRET: first.applicationSecret,
    OVH_CONSUMER_KEY: first.consumerKey,
    OVH_CLOUD_PROJECT_SERVICE: first.projectId,
  };
}
