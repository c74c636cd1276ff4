import { spawn } from 'node:child_process';
import { environmentOf } from './child-environment.ts';

/**
 * Kills the process `pid` when ours is gone, however it went: the kernel closes the watchdog's pipe even after SIGKILL,
 * which no exit handler sees. Returns what calls the watchdog off.
 */
export function killWithUs(pid: number): () => void {
  // `read` returns at the end of the pipe. `detached`, because Ctrl-C reaches the whole process group of a terminal.
  const watchdog = spawn('/bin/sh', ['-c', 'read -r line; kill -KILL "$1"', 'watchdog', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: environmentOf(process.env),
  });
  watchdog.unref();
  return () => watchdog.kill('SIGKILL');
}
