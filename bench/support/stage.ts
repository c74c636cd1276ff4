import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simulatedEnvironment } from '../../src/cli/embedded-stack.ts';
import { startWorkerProcess, type WorkerProcess } from '../../src/cli/worker-process.ts';
import { Mooring } from '../../src/client/index.ts';
import { required } from '../../src/contract/required.ts';
import {
  createSimulator,
  serveSimulator,
  type Simulator,
  type SimulatorCredentials,
  type SimulatorOptions,
} from '../../src/simulator/index.ts';
import { connectClient, type ClientConnection } from '../../src/temporal/connect.ts';
import { startEmbeddedServer, type EmbeddedServer } from '../../src/temporal/embedded-server.ts';
import { writeWorkflowBundle } from '../../src/worker/workflow-source.ts';

/** OVH as most rows have it. */
export const usualOvh = { bootMs: 33_000, volumeMs: 4000, attachMs: 4000, latencyMs: 50, rateLimit: 20 };

/** What OVH itself needs for an instance, with its volume made meanwhile, and an attachment: nobody is faster. */
export const floorMs = Math.max(usualOvh.bootMs, usualOvh.volumeMs) + usualOvh.attachMs;

/** Calls for a node with a volume that change something: an instance, a volume, an attachment. */
export const CHANGES = 3;

/** What nobody is faster than with so many nodes: the last instance has to be asked for before it boots, and each change takes a call. */
export function leastMs(nodes: number): number {
  const { rateLimit, attachMs } = usualOvh;
  // OVH lets as many pass at once as in a second.
  const askedMs = (calls: number) => Math.max(0, calls / rateLimit - 1) * 1000;
  return Math.max(askedMs(nodes) + floorMs, askedMs(CHANGES * nodes) + attachMs);
}

/** An OVH that is never what one waits for. */
export const instantOvh = { bootMs: 0, volumeMs: 0, attachMs: 0, deleteMs: 0 };

interface StageOptions {
  simulator?: SimulatorOptions;
  /** How many projects beside `main`, each with a consumer key, and so a rate limit, of its own: `p1`, `p2`, … */
  projects?: number;
  /** Path of the `temporal` CLI. */
  binary?: string;
  /** Of a Temporal server that runs already. Absent: the stage has a dev server of its own. */
  address?: string;
  /** More of the workers' environment. */
  env?: NodeJS.ProcessEnv;
  /** Default `mooring`. Workers that were killed a moment ago still count among those of their queue. */
  taskQueue?: string;
  /** Default 1. */
  workers?: number;
}

let bundle: Promise<string> | undefined;

/** The workflows, bundled once for all stages, as a build would have done. */
export function workflowBundle(): Promise<string> {
  return (bundle ??= (async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'mooring-bundle-')), 'workflows.cjs');
    await writeWorkflowBundle(file);
    return file;
  })());
}

export async function removeBundle(): Promise<void> {
  if (bundle) await rm(join(await bundle, '..'), { recursive: true });
}

/** Temporal's dev server, OVH's simulator, a client, and workers in processes of their own. */
export class Stage {
  readonly simulator: Simulator;
  /** Undefined where Temporal ran already. */
  readonly server: EmbeddedServer | undefined;
  readonly mooring: Mooring;
  readonly temporal: ClientConnection;
  readonly workerEnv: NodeJS.ProcessEnv;
  readonly projects: string[];
  workers: WorkerProcess[] = [];
  readonly #folder: string;
  readonly #closeSimulator: () => Promise<void>;

  private constructor(parts: {
    simulator: Simulator;
    server: EmbeddedServer | undefined;
    mooring: Mooring;
    temporal: ClientConnection;
    workerEnv: NodeJS.ProcessEnv;
    projects: string[];
    folder: string;
    closeSimulator: () => Promise<void>;
  }) {
    this.simulator = parts.simulator;
    this.server = parts.server;
    this.mooring = parts.mooring;
    this.temporal = parts.temporal;
    this.workerEnv = parts.workerEnv;
    this.projects = parts.projects;
    this.#folder = parts.folder;
    this.#closeSimulator = parts.closeSimulator;
  }

  static async start(options: StageOptions = {}): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'mooring-bench-'));
    const simulator = createSimulator(options.simulator ?? usualOvh);
    const more = Array.from({ length: options.projects ?? 0 }, () => simulator.addProject());
    const [server, codePath, served] = await Promise.all([
      options.address === undefined
        ? startEmbeddedServer({ dataDir: join(folder, 'temporal'), binary: options.binary })
        : undefined,
      workflowBundle(),
      serveSimulator(simulator),
    ]);
    const { taskQueue = 'mooring' } = options;
    const address = options.address ?? required(server, "the stage's own Temporal").address;
    const stage = new Stage({
      simulator,
      server,
      mooring: await Mooring.connect({ address, taskQueue, deadlineMs: 60_000 }),
      temporal: await connectClient({ address }),
      workerEnv: {
        ...simulatedEnvironment(simulator.first, served.endpoint),
        MOORING_OWNER: 'bench',
        MOORING_LOG_LEVEL: 'ERROR',
        ...(more.length > 0 && { MOORING_PROJECTS_FILE: await projectsFile(folder, served.endpoint, more) }),
        TEMPORAL_ADDRESS: address,
        MOORING_TASK_QUEUE: taskQueue,
        MOORING_WORKFLOW_BUNDLE: codePath,
        ...options.env,
      },
      projects: more.map((_, index) => `p${index + 1}`),
      folder,
      closeSimulator: served.close,
    });
    try {
      await Promise.all(Array.from({ length: options.workers ?? 1 }, () => stage.startWorker()));
    } catch (error) {
      await stage.stop();
      throw error;
    }
    return stage;
  }

  async startWorker(): Promise<void> {
    this.workers.push(await startWorkerProcess(this.workerEnv));
  }

  /** Kills the first worker, and begins another. */
  async replaceWorker(): Promise<void> {
    const [first, ...others] = this.workers;
    this.workers = others;
    await Promise.all([first?.kill(), this.startWorker()]);
  }

  /** Changes OVH's delays and its rate limit while it runs. */
  async change(settings: Partial<typeof usualOvh>): Promise<void> {
    const body = JSON.stringify(settings);
    await this.simulator.fetch(new Request('http://ovh/_simulator/settings', { method: 'POST', body }));
  }

  /** Workers are killed: what rows leave behind is nobody's. */
  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.kill()));
    await Promise.all([this.mooring.close(), this.temporal.connection.close()]);
    await Promise.all([this.server?.stop(), this.#closeSimulator()]);
    await rm(this.#folder, { recursive: true });
  }
}

/** Runs on a stage that is there for as long as that takes. */
export async function onStage<T>(options: StageOptions, act: (stage: Stage) => Promise<T>): Promise<T> {
  const stage = await Stage.start(options);
  try {
    return await act(stage);
  } finally {
    await stage.stop();
  }
}

async function projectsFile(
  folder: string,
  endpoint: string,
  credentials: SimulatorCredentials[],
): Promise<string> {
  const file = join(folder, 'projects.json');
  const projects = credentials.map(({ projectId, applicationKey, applicationSecret, consumerKey }, index) => [
    `p${index + 1}`,
    { endpoint, projectId, applicationKey, applicationSecret, consumerKey },
  ]);
  await writeFile(file, JSON.stringify({ projects: Object.fromEntries(projects) }));
  return file;
}
