import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { required } from '../contract/required.ts';
import { killWithUs } from '../temporal/kill-with-us.ts';

/** A worker in a process of its own. */
export interface WorkerProcess {
  pid: number;
  /** SIGKILL: as a machine that loses power. */
  kill(): Promise<void>;
  /** SIGTERM; after 10 s by force. */
  stop(): Promise<void>;
  /** Resolves when it has ended, with the last line that it said. */
  exited: Promise<string>;
}

const STOP_MS = 10_000;
const main = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? 'main.ts' : 'main.js', import.meta.url));

/**
 * Starts `mooring worker` as this very program runs, from sources or from `dist`, and waits until it polls.
 *
 * @throws an `Error` with what it said, when it ends instead
 */
export async function startWorkerProcess(env: NodeJS.ProcessEnv): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [...process.execArgv, main, 'worker'], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let last = '';
  const exited = once(child, 'close').then(() => last);
  const ready = new Promise<void>((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      last = line;
      if (line.startsWith('worker ready')) resolve();
    });
  });
  await once(child, 'spawn');
  const pid = required(child.pid, 'the id of a process that was started');
  void exited.then(killWithUs(pid));

  const failed = exited.then((line): never => {
    throw new Error(`the worker did not start: ${line.replace(/^error: /, '')}`);
  });
  failed.catch(() => undefined);
  await Promise.race([ready, failed]);
  return {
    pid,
    exited,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async stop() {
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await exited;
      clearTimeout(force);
    },
  };
}
