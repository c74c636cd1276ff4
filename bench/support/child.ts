import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { killWithUs } from '../../src/temporal/kill-with-us.ts';

interface Child {
  pid: number;
  /** By SIGKILL. */
  kill(): Promise<void>;
}

/** Runs Node with these arguments, and waits until a line on its standard error begins with `until`, if that is given. */
export async function startNode(
  args: string[],
  { env, until }: { env: NodeJS.ProcessEnv; until?: string },
): Promise<Child> {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  const exited = once(child, 'close');
  const ready = new Promise<void>((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      said += `${line}\n`;
      if (until !== undefined && line.startsWith(until)) resolve();
    });
  });
  await once(child, 'spawn');
  const pid = child.pid as number;
  void exited.then(killWithUs(pid));
  if (until !== undefined) {
    const failed = exited.then((): never => {
      throw new Error(`${args.at(-1)} ended: ${said}`);
    });
    failed.catch(() => undefined);
    await Promise.race([ready, failed]);
  }
  return {
    pid,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
