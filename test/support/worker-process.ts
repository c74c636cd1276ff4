import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { ApplicationKeyCredentials } from '../../src/ovh/index.ts';
import { ovhEnvironment } from './scene.ts';
import type { Stack, TestProject } from './stack.ts';

/** A worker in a process of its own, to be killed, stopped and continued. */
export interface WorkerProcess {
  readonly child: ChildProcess;
  /** Everything that it has printed. */
  output(): string;
  signal(signal: NodeJS.Signals): void;
  kill(): Promise<void>;
}

/** A test's own context, or what stands for one where a file's tests share a worker. */
export interface Finishing {
  onTestFinished(end: () => Promise<void>): void;
}

/** The environment that `mooring worker` needs for one project. */
export function workerEnvironment(stack: Stack, { credentials }: TestProject): NodeJS.ProcessEnv {
  return { ...commonEnvironment(stack), ...ovhEnvironment(stack.endpoint, credentials) };
}

/** The environment of a worker that serves all projects of a stack, by their aliases. */
export async function environmentOfAll(
  stack: Stack,
  { onTestFinished }: Finishing,
): Promise<NodeJS.ProcessEnv> {
  const folder = await mkdtemp(join(tmpdir(), 'mooring-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'projects.json');
  const projects = await Promise.all(
    stack.config.projects.map(async ({ alias, projectId, endpoint, credentials }) => {
      const { applicationKey, applicationSecret, consumerKey } =
        (await credentials()) as ApplicationKeyCredentials;
      return [alias, { projectId, endpoint, applicationKey, applicationSecret, consumerKey }] as const;
    }),
  );
  await writeFile(file, JSON.stringify({ projects: Object.fromEntries(projects) }));
  return { ...commonEnvironment(stack), MOORING_PROJECTS_FILE: file, MOORING_MUTATIONS_PER_SECOND: '1000' };
}

function commonEnvironment(stack: Stack): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    MOORING_TASK_QUEUE: stack.config.taskQueue,
    MOORING_OWNER: 'tests',
    MOORING_SETTLE: '2s',
    MOORING_FIRST_LOOK: 'instance=250ms,volume=150ms,attach=100ms',
    OVH_ENDPOINT: stack.endpoint,
  };
}

/**
 * The test's own context: in tests that run side by side the global hook belongs to any of them. `program`: the built
 * program's main file.
 */
export function spawnWorker(
  env: NodeJS.ProcessEnv,
  { onTestFinished }: Finishing,
  program = inject('programPath'),
): WorkerProcess {
  const child = spawn(process.execPath, [program, 'worker'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const worker: WorkerProcess = {
    child,
    output: () => output,
    signal: (signal) => void child.kill(signal),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
  onTestFinished(() => worker.kill());
  return worker;
}
