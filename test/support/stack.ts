import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';
import { Mooring } from '../../src/client/index.ts';
import type { WorkerConfig } from '../../src/worker/config.ts';
import type { ProjectConfig } from '../../src/worker/configuration/projects.ts';
import type { FleetSpec, NodeSpec } from '../../src/contract/index.ts';
import { Ovh, type OvhProject } from '../../src/ovh/index.ts';
import {
  createSimulator,
  serveSimulator,
  type Fault,
  type Simulator,
  type SimulatorCredentials,
  type SimulatorOptions,
} from '../../src/simulator/index.ts';
import type { ConnectOptions } from '../../src/temporal/address.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { startWorker, type RunningWorker } from '../../src/worker/worker.ts';
import { PATIENT, PATIENCE_MS } from './patience.ts';
import './runtime.ts';
import { straysIn } from './strays.ts';
import { until } from './until.ts';

/** OVH's times, short enough for tests and long enough to act in between. */
export const QUICK = { bootMs: 500, volumeMs: 250, attachMs: 150, deleteMs: 150 };
const SETTLE_MS = 1200;
/** As these times are to OVH's own. */
export const FIRST_LOOKS = { instance: 250, volume: 150, attach: 100 };

export interface StackOptions {
  simulator?: SimulatorOptions;
  settleMs?: number;
  userData?: WorkerConfig['userData'];
  guests?: WorkerConfig['guests'];
  /** `MOORING_CODEC_KEY` of worker and client. */
  codecKey?: string;
  /** The worker takes the simulator for OVH itself. */
  seemsReal?: boolean;
  /** As `MOORING_PLAINTEXT=refuse`. */
  refusesPlaintext?: boolean;
  /** Without a worker of its own, for tests that start processes. */
  worker?: boolean;
  /** Of another Temporal server than the one that all tests share. */
  temporalAddress?: string;
}

/** An OVH on loopback. */
export interface Cloud {
  simulator: Simulator;
  endpoint: string;
  close: () => Promise<void>;
}

/** Of a process: one worker serves all stacks that need no other. */
interface SharedWorker {
  worker: RunningWorker;
  taskQueue: string;
  /** How many projects it has served: an alias is one's own. */
  served: number;
}

/**
 * A worker costs a second of processor, most of it for the thread that its workflows run in. One process takes file after
 * file, which may each have a `Stack` of their own making.
 */
const shared = globalThis as { mooringTestsWorker?: Promise<SharedWorker> };

/** Simulator on loopback, a worker and a client on the run's Temporal server: everything real, and shared at most the worker. */
export class Stack {
  readonly simulator: Simulator;
  readonly endpoint: string;
  readonly mooring: Mooring;
  readonly config: WorkerConfig;
  readonly #options: StackOptions;
  readonly #projects: TestProject[] = [];
  readonly #clouds: Cloud[];
  readonly #worker: RunningWorker | undefined;
  readonly #shared: SharedWorker | undefined;

  private constructor(parts: {
    cloud: Cloud;
    mooring: Mooring;
    config: WorkerConfig;
    options: StackOptions;
    worker: RunningWorker | undefined;
    shared: SharedWorker | undefined;
  }) {
    this.simulator = parts.cloud.simulator;
    this.endpoint = parts.cloud.endpoint;
    this.#clouds = [parts.cloud];
    this.mooring = parts.mooring;
    this.config = parts.config;
    this.#options = parts.options;
    this.#worker = parts.worker;
    this.#shared = parts.shared;
  }

  static async start(options: StackOptions = {}): Promise<Stack> {
    const cloud = await openCloud(options.simulator);
    const temporal = temporalOf(options);
    const isShared = NEEDS_ITS_OWN.every((option) => options[option] === undefined);
    const ofAll = isShared ? await (shared.mooringTestsWorker ??= startShared(temporal)) : undefined;
    const config = configOf(options, ofAll?.taskQueue);
    const worker =
      ofAll?.worker ?? (options.worker === false ? undefined : await startWorker(config, temporal));
    const mooring = await Mooring.connect({ ...PATIENT, ...temporal, taskQueue: config.taskQueue });
    // On a busy machine Temporal sees a worker seconds after its start.
    if (worker)
      await until(() =>
        mooring.requireWorker().then(
          () => true,
          () => false,
        ),
      );
    return new Stack({ cloud, mooring, config, options, worker, shared: ofAll });
  }

  /** One more OVH, which behaves as said: a stack for each would cost a worker for each. */
  async anotherCloud(options: SimulatorOptions): Promise<Cloud> {
    const cloud = await openCloud(options);
    this.#clouds.push(cloud);
    return cloud;
  }

  /**
   * A project of OVH's that no other test of the file touches, so that faults of one never meet another. The stack's own
   * worker serves it from now on; one that a test starts later finds it in the configuration.
   */
  project({ simulator, endpoint }: Pick<Cloud, 'simulator' | 'endpoint'> = this): TestProject {
    const credentials = simulator.addProject();
    const number = this.#shared ? this.#shared.served++ : this.#projects.length;
    const alias = `p${number}-${this.config.taskQueue.slice(-6)}`;
    const project = new TestProject(simulator, credentials, { alias, endpoint });
    const config: ProjectConfig = {
      alias,
      projectId: credentials.projectId,
      endpoint,
      settleMs: this.config.settleMs,
      ...(this.#options.seemsReal && { isReal: true }),
      credentials: () => credentials,
      origin: 'tests',
      subsidiary: 'FR',
    };
    this.#projects.push(project);
    this.config.projects.push(config);
    this.#worker?.serve(config, credentials);
    return project;
  }

  /** The worker takes the project for one that it has never seen. */
  forget({ alias, credentials }: TestProject): void {
    const config = this.config.projects.find((each) => each.alias === alias);
    if (config) this.#worker?.serve(config, credentials);
  }

  /** Nobody answers at OVH's address, until the returned function is called. */
  async unreachable(): Promise<() => Promise<void>> {
    const [cloud] = this.#clouds as [Cloud];
    await cloud.close();
    return async () => {
      const port = Number(new URL(this.endpoint).port);
      cloud.close = (await serveSimulator(this.simulator, { port })).close;
    };
  }

  /** What a test has left under way would go on for as long as the process lasts. */
  async #terminateOpen(): Promise<void> {
    const isOurs = (workflowId: string) =>
      this.#projects.some(({ alias }) => workflowId.split('.').includes(alias));
    if (this.#projects.length === 0) return;
    const { client, connection } = await connectClient({ ...PATIENT, ...temporalOf(this.#options) });
    const query = `TaskQueue = '${this.config.taskQueue}' AND ExecutionStatus = 'Running'`;
    for await (const { workflowId, runId } of client.workflow.list({ query }))
      if (isOurs(workflowId))
        await client.workflow
          .getHandle(workflowId, runId)
          .terminate('its test is over')
          .catch(() => undefined);
    await connection.close();
  }

  /** @throws where something stands at OVH that no run names, no run is about, and no test has expected. */
  async stop(): Promise<void> {
    const { taskQueue, owner } = this.config;
    const look = async () =>
      straysIn(this.#projects, { taskQueue, owner, temporal: temporalOf(this.#options) });
    let strays = await look();
    // Temporal's list of runs may be a moment old.
    for (let again = 0; strays.length > 0 && again < 60; again += 1) {
      await sleep(1000);
      strays = await look();
    }
    await this.mooring.close();
    await (this.#shared ? this.#terminateOpen() : this.#worker?.stop());
    await Promise.all(this.#clouds.map(({ close }) => close()));
    await Promise.all(this.#clouds.map(({ simulator }) => simulator.stop()));
    if (strays.length > 0) throw new Error(`nobody wants what stands at OVH: ${strays.join(', ')}`);
  }
}

const NEEDS_ITS_OWN = [
  'userData',
  'guests',
  'codecKey',
  'refusesPlaintext',
  'worker',
  'temporalAddress',
] as const satisfies (keyof StackOptions)[];

async function startShared(temporal: ConnectOptions): Promise<SharedWorker> {
  const config = configOf({});
  return { worker: await startWorker(config, temporal), taskQueue: config.taskQueue, served: 0 };
}

function configOf(options: StackOptions, taskQueue = `test-${randomBytes(6).toString('hex')}`): WorkerConfig {
  return {
    taskQueue,
    owner: 'tests',
    settleMs: options.settleMs ?? SETTLE_MS,
    mutationsPerSecond: 1000,
    firstLooks: FIRST_LOOKS,
    logLevel: 'ERROR',
    workflowBundle: inject('workflowBundlePath'),
    refusesPlaintext: options.refusesPlaintext ?? false,
    userData: options.userData ?? { directory: undefined, variables: [] },
    ...(options.guests && { guests: options.guests }),
    projects: [],
  };
}

async function openCloud(options?: SimulatorOptions): Promise<Cloud> {
  const simulator = createSimulator({ ...QUICK, ...options });
  const { endpoint, close } = await serveSimulator(simulator);
  return { simulator, endpoint, close };
}

function temporalOf({ codecKey, temporalAddress }: StackOptions): ConnectOptions {
  return {
    address: temporalAddress ?? inject('temporalAddress'),
    env: { MOORING_CODEC_KEY: codecKey },
    connectTimeoutMs: PATIENCE_MS,
  };
}

/** One OVH project, and what stands in it. */
export class TestProject {
  readonly alias: string;
  readonly credentials: SimulatorCredentials;
  /** What stands there on purpose, though no run names it. */
  readonly expected = new Set<string>();
  readonly #simulator: Simulator;
  readonly #endpoint: string;

  constructor(
    simulator: Simulator,
    credentials: SimulatorCredentials,
    { alias, endpoint }: { alias: string; endpoint: string },
  ) {
    this.#simulator = simulator;
    this.#endpoint = endpoint;
    this.credentials = credentials;
    this.alias = alias;
  }

  /** Who works in the project without Mooring, as in OVH's console. */
  get somebody(): OvhProject {
    const { credentials } = this;
    return new Ovh({ endpoint: this.#endpoint, credentials }).project(credentials.projectId);
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

  /** Five of them. */
  fleet(overrides: Partial<FleetSpec> = {}): FleetSpec {
    const { name: _name, ...node } = this.spec();
    return { name: 'web', project: this.alias, count: 5, node, ...overrides };
  }

  /** The nodes that its instances are of, in their order. */
  get nodeNames(): string[] {
    return this.instances.map(({ name }) => name.slice(0, -16)).toSorted((a, b) => a.localeCompare(b));
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

  get floatingIps() {
    return this.#simulator.state(this.credentials.projectId).floatingIps;
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

  /** The test knows that these stand, and that no run says so: it has made them itself, or lost them on purpose. */
  expects(...things: { id: string }[]): void {
    for (const { id } of things) this.expected.add(id);
  }

  /** A snapshot to compare with: that something was left untouched. */
  snapshot(): string {
    return JSON.stringify(
      [this.instances, this.volumes, this.floatingIps]
        .flat()
        .map((thing) => ({ ...thing, hidden: undefined })),
    );
  }
}
