import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** Worker processes that die and are replaced. */
export class Crew {
  readonly suffered = { SIGKILL: 0, SIGTERM: 0, SIGSTOP: 0 };
  readonly #program: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #stopMs: number;
  #workers: ChildProcess[];

  /**
   * `program`: the built program's main file. `stopMs`: how long a stopped worker sleeps; more than the 30 s for which
   * its heartbeat may be missing, unless the program is one with shorter time-outs.
   */
  constructor(program: string, env: NodeJS.ProcessEnv, count: number, stopMs = 35_000) {
    this.#stopMs = stopMs;
    this.#program = program;
    this.#env = env;
    this.#workers = Array.from({ length: count }, () => this.#spawn());
  }

  /**
   * One after the other: killed at once, ended in order, or stopped for longer than its heartbeat may be missing. At `most`
   * so often, where a machine may be so slow that none would live long enough to do anything.
   */
  async suffer(
    draw: () => number,
    everyMs: number,
    signal: AbortSignal,
    most = Number.POSITIVE_INFINITY,
  ): Promise<void> {
    for (let turn = 0; turn < most && !signal.aborted; turn += 1) {
      await sleep(everyMs * (0.5 + draw()), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const index = turn % this.#workers.length;
      const victim = this.#workers[index] as ChildProcess;
      const kind = (['SIGKILL', 'SIGTERM', 'SIGSTOP'] as const)[Math.floor(draw() * 3)] ?? 'SIGKILL';
      this.suffered[kind] += 1;
      if (kind === 'SIGSTOP') {
        victim.kill('SIGSTOP');
        await sleep(this.#stopMs, undefined, { signal }).catch(() => undefined);
        victim.kill('SIGCONT');
        continue;
      }
      this.#workers[index] = this.#spawn();
      victim.kill(kind);
    }
  }

  get pids(): number[] {
    return this.#workers.map(({ pid }) => pid ?? 0);
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
    return spawn(process.execPath, [this.#program, 'worker'], {
      env: this.#env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
}
