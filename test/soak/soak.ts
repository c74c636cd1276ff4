import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { Mooring } from '../../src/client/index.ts';
import { createSimulator, serveSimulator } from '../../src/simulator/index.ts';
import { drawFrom } from '../simulator/fuzz/values.ts';
import { story } from './story.ts';

export interface SoakOptions {
  temporalAddress: string;
  workflowBundlePath: string;
  /** How many stories. */
  runs: number;
  seed: number;
  /** How many go on at once. Default 30. */
  atOnce?: number;
  /** Worker processes. Default 2. */
  workers?: number;
  /** Kills, stops and replaces a worker about so often. Default 20 s; 0 never. */
  killEveryMs?: number;
  log: (line: string) => void;
}

export interface Soaked {
  runs: number;
  problems: string[];
  kills: Record<string, number>;
  perHour: number;
}

/** Random lives of many nodes at once, while workers die: afterwards OVH holds exactly what the closed workflows say. */
export async function soak(options: SoakOptions): Promise<Soaked> {
  const { temporalAddress, runs, seed, atOnce = 30, workers = 2, killEveryMs = 20_000, log } = options;
  const folder = await mkdtemp(join(tmpdir(), 'mooring-soak-'));
  const simulator = createSimulator({ bootMs: 500, volumeMs: 250, attachMs: 150, deleteMs: 150, seed });
  const { endpoint, close } = await serveSimulator(simulator);
  const projects = Array.from({ length: runs }, (_, index) => ({
    alias: `s${seed % 10_000}-${index}`,
    credentials: simulator.addProject(),
  }));
  const taskQueue = `soak-${seed}-${Date.now()}`;
  const projectsFile = join(folder, 'projects.json');
  const keys = projects.map(
    ({ alias, credentials: { region: _r, clientId: _i, clientSecret: _s, ...own } }) => [
      alias,
      { ...own, endpoint },
    ],
  );
  await writeFile(projectsFile, JSON.stringify({ projects: Object.fromEntries(keys) }), { mode: 0o600 });
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    TEMPORAL_ADDRESS: temporalAddress,
    MOORING_TASK_QUEUE: taskQueue,
    MOORING_WORKFLOW_BUNDLE: options.workflowBundlePath,
    MOORING_OWNER: 'soak',
    MOORING_SETTLE: '2s',
    MOORING_MUTATIONS_PER_SECOND: '1000',
    MOORING_LOG_LEVEL: 'ERROR',
    MOORING_PROJECTS_FILE: projectsFile,
  };
  const crew = new Crew(env, workers);
  const mooring = await Mooring.connect({ address: temporalAddress, taskQueue });
  const connection = await Connection.connect({ address: temporalAddress });
  const client = new Client({ connection });
  const began = Date.now();
  const problems: string[] = [];
  const over = new AbortController();
  const trouble = killEveryMs > 0 ? crew.suffer(drawFrom(seed), killEveryMs, over.signal) : Promise.resolve();
  try {
    const queue = projects.entries();
    let done = 0;
    const work = async () => {
      for (const [index, { alias, credentials }] of queue) {
        const place = { mooring, client, simulator, credentials, alias, settleMs: 2000 };
        const wrong = await story(place, seed + index).catch((error: unknown) => [
          `seed ${seed + index}: the story broke: ${String(error)}`,
        ]);
        problems.push(...wrong);
        for (const problem of wrong) log(problem);
        done += 1;
        if (done % 50 === 0) log(`${done} of ${runs} stories, ${problems.length} problems`);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  } finally {
    over.abort();
    await trouble;
    await crew.end();
    await mooring.close();
    await connection.close();
    await close();
    await rm(folder, { recursive: true });
  }
  const perHour = Math.round((runs / (Date.now() - began)) * 3_600_000);
  return { runs, problems, kills: crew.suffered, perHour };
}

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** Worker processes that die and are replaced. */
class Crew {
  readonly suffered = { SIGKILL: 0, SIGTERM: 0, SIGSTOP: 0 };
  readonly #env: NodeJS.ProcessEnv;
  #workers: ChildProcess[];

  constructor(env: NodeJS.ProcessEnv, count: number) {
    this.#env = env;
    this.#workers = Array.from({ length: count }, () => this.#spawn());
  }

  /** One after the other: killed at once, ended in order, or stopped for longer than its heartbeat may be missing. */
  async suffer(draw: () => number, everyMs: number, signal: AbortSignal): Promise<void> {
    for (let turn = 0; !signal.aborted; turn += 1) {
      await sleep(everyMs * (0.5 + draw()), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const index = turn % this.#workers.length;
      const victim = this.#workers[index] as ChildProcess;
      const kind = (['SIGKILL', 'SIGTERM', 'SIGSTOP'] as const)[Math.floor(draw() * 3)] ?? 'SIGKILL';
      this.suffered[kind] += 1;
      if (kind === 'SIGSTOP') {
        victim.kill('SIGSTOP');
        await sleep(35_000, undefined, { signal }).catch(() => undefined);
        victim.kill('SIGCONT');
        continue;
      }
      this.#workers[index] = this.#spawn();
      victim.kill(kind);
    }
  }

  async end(): Promise<void> {
    await Promise.all(
      this.#workers.map(async (worker) => {
        if (worker.exitCode !== null || worker.signalCode !== null) return;
        const ended = once(worker, 'exit');
        worker.kill('SIGKILL');
        await ended;
      }),
    );
  }

  #spawn(): ChildProcess {
    return spawn(process.execPath, ['--import', 'tsx', main, 'worker'], {
      env: this.#env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
}
