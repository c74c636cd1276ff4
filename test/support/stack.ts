import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { Mooring } from '../../src/client/index.ts';
import type { WorkerConfig } from '../../src/config.ts';
import type { NodeSpec } from '../../src/contract/index.ts';
import {
  createSimulator,
  serveSimulator,
  type Fault,
  type Simulator,
  type SimulatorCredentials,
  type SimulatorOptions,
} from '../../src/simulator/index.ts';
import { installRuntime, startWorker, type RunningWorker } from '../../src/worker.ts';

// Refusals are what many of these tests are about: they are no news.
installRuntime('ERROR');

/** OVH's times, short enough for tests and long enough to act in between. */
export const QUICK = { bootMs: 500, volumeMs: 250, attachMs: 150, deleteMs: 150 };
export const SETTLE_MS = 1200;
/** As these times are to OVH's own. */
export const FIRST_LOOKS = { instance: 250, volume: 150, attach: 100 };

export interface StackOptions {
  simulator?: SimulatorOptions;
  settleMs?: number;
  /** How many projects tests can take, so that faults of one never meet another. */
  projects?: number;
  userData?: WorkerConfig['userData'];
  /** `MOORING_CODEC_KEY` of worker and client. */
  codecKey?: string;
  /** The worker takes the simulator for OVH itself. */
  seemsReal?: boolean;
  /** As `MOORING_PLAINTEXT=refuse`. */
  refusesPlaintext?: boolean;
  /** Without a worker of its own, for tests that start processes. */
  worker?: boolean;
}

/** Simulator on loopback, a worker and a client on the run's Temporal server: everything real, nothing shared. */
export class Stack {
  readonly simulator: Simulator;
  readonly endpoint: string;
  readonly mooring: Mooring;
  readonly config: WorkerConfig;
  #projects: TestProject[];
  #worker: RunningWorker | undefined;
  #close: () => Promise<void>;

  private constructor(parts: {
    simulator: Simulator;
    endpoint: string;
    close: () => Promise<void>;
    mooring: Mooring;
    config: WorkerConfig;
    projects: TestProject[];
    worker: RunningWorker | undefined;
  }) {
    this.simulator = parts.simulator;
    this.endpoint = parts.endpoint;
    this.mooring = parts.mooring;
    this.config = parts.config;
    this.#projects = parts.projects;
    this.#worker = parts.worker;
    this.#close = parts.close;
  }

  static async start(options: StackOptions = {}): Promise<Stack> {
    const simulator = createSimulator({ ...QUICK, ...options.simulator });
    const { endpoint, close } = await serveSimulator(simulator);
    const suffix = randomBytes(3).toString('hex');
    const projects = Array.from(
      { length: options.projects ?? 1 },
      (_, index) => new TestProject(simulator, simulator.addProject(), `p${index}-${suffix}`),
    );
    const config: WorkerConfig = {
      taskQueue: `test-${suffix}`,
      owner: 'tests',
      settleMs: options.settleMs ?? SETTLE_MS,
      mutationsPerSecond: 1000,
      firstLooks: FIRST_LOOKS,
      logLevel: 'ERROR',
      workflowBundle: inject('workflowBundlePath'),
      refusesPlaintext: options.refusesPlaintext ?? false,
      userData: options.userData ?? { directory: undefined, variables: [] },
      projects: projects.map(({ alias, credentials }) => ({
        alias,
        projectId: credentials.projectId,
        endpoint,
        ...(options.seemsReal && { isReal: true }),
        credentials: () => credentials,
        origin: 'tests',
        subsidiary: 'FR',
      })),
    };
    const temporal = {
      address: inject('temporalAddress'),
      env: { MOORING_CODEC_KEY: options.codecKey },
    };
    const worker = options.worker === false ? undefined : await startWorker(config, temporal);
    const mooring = await Mooring.connect({ ...temporal, taskQueue: config.taskQueue });
    return new Stack({ simulator, endpoint, close, mooring, config, projects, worker });
  }

  /** A project of OVH's that no other test of the file touches. */
  project(): TestProject {
    const project = this.#projects.pop();
    if (!project) throw new Error('Start the stack with more projects.');
    return project;
  }

  /** Nobody answers at OVH's address, until the returned function is called. */
  async unreachable(): Promise<() => Promise<void>> {
    await this.#close();
    return async () => {
      const { close } = await serveSimulator(this.simulator, { port: Number(new URL(this.endpoint).port) });
      this.#close = close;
    };
  }

  async stop(): Promise<void> {
    await this.mooring.close();
    await this.#worker?.stop();
    await this.#close();
  }
}

/** One OVH project, and what stands in it. */
export class TestProject {
  readonly alias: string;
  readonly credentials: SimulatorCredentials;
  #simulator: Simulator;

  constructor(simulator: Simulator, credentials: SimulatorCredentials, alias: string) {
    this.#simulator = simulator;
    this.credentials = credentials;
    this.alias = alias;
  }

  /** A node with one volume, unless said otherwise. */
  spec(overrides: Partial<NodeSpec> = {}): NodeSpec {
    return {
      project: this.alias,
      name: 'web-1',
      region: 'GRA11',
      flavor: 'b3-8',
      image: 'Debian 12',
      volumes: [{ name: 'data', size: 20 }],
      ...overrides,
    };
  }

  get ref() {
    return { project: this.alias, region: 'GRA11', name: 'web-1' };
  }

  get path(): string {
    return `/cloud/project/${this.credentials.projectId}`;
  }

  /** What OVH holds, also what its lists still hide. */
  get instances() {
    return this.#simulator.state(this.credentials.projectId).instances;
  }

  get volumes() {
    return this.#simulator.state(this.credentials.projectId).volumes;
  }

  get calls() {
    return this.#simulator.calls().filter(({ path }) => path.startsWith(this.path));
  }

  /** Calls that change something, less the project's id: `POST /instance`. */
  get changes(): string[] {
    return this.calls
      .filter(({ method }) => method !== 'GET')
      .map(({ method, path }) => `${method} ${path.slice(this.path.length)}`);
  }

  /** `path` is what follows the project's id. */
  fault({ path, ...fault }: Fault): void {
    this.#simulator.addFault({ ...fault, path: `${this.path}${path}` });
  }

  /** A snapshot to compare with: that something was left untouched. */
  snapshot(): string {
    return JSON.stringify(
      [this.instances, this.volumes].flat().map((thing) => ({ ...thing, hidden: undefined })),
    );
  }
}
