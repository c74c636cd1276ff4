import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { killWithUs } from '../../src/temporal/kill-with-us.ts';

const STOP_MS = 60_000;

/** `mooring worker` of some build, in a process of its own. */
export class BuiltWorker {
  readonly pid: number;
  /** What it has said of code that does not fit a history. */
  readonly complaints: string[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#exited = once(child, 'close');
    this.pid = child.pid as number;
    void this.#exited.then(killWithUs(this.pid));
  }

  /** Starts it and waits until it polls. */
  static async start(build: string, env: NodeJS.ProcessEnv): Promise<BuiltWorker> {
    const child = spawn(process.execPath, [join(build, 'dist/cli/main.js'), 'worker'], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await once(child, 'spawn');
    const worker = new BuiltWorker(child);
    const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream });
    const ready = new Promise<void>((resolve) => {
      lines.on('line', (line) => {
        if (line.startsWith('worker ready')) resolve();
        if (/determinis|TMPRL1100/i.test(line)) worker.complaints.push(line);
      });
    });
    const failed = worker.#exited.then((): never => {
      throw new Error(`The worker of ${build} ended before it was ready.`);
    });
    failed.catch(() => undefined);
    await Promise.race([ready, failed]);
    return worker;
  }

  /** SIGTERM, as an orchestrator would: it finishes what it has begun. After a minute by force, which is a complaint. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const force = setTimeout(() => {
      this.complaints.push(`worker ${this.pid} has not stopped within ${STOP_MS / 1000} s`);
      this.#child.kill('SIGKILL');
    }, STOP_MS);
    await this.#exited;
    clearTimeout(force);
  }
}
