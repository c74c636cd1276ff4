import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The processes of a guest, also those that have a session and a parent of their own: they bear its folder in their
 * environment, or stand in it. One that has cleared its environment and left the folder is not found.
 */
export function processesOf(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && belongsTo(folder, `/proc/${name}`))
    .map(Number)
    .filter((pid) => pid !== process.pid);
}

function belongsTo(folder: string, entry: string): boolean {
  try {
    if (readFileSync(`${entry}/environ`, 'latin1').includes(`${folder}/`)) return true;
    return `${readlinkSync(`${entry}/cwd`)}/`.startsWith(`${folder}/`);
  } catch {
    // It has just ended, or belongs to somebody else.
    return false;
  }
}

export function signalAll(folder: string, signal: NodeJS.Signals): number {
  const pids = processesOf(folder);
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has just ended.
    }
  }
  return pids.length;
}

/** Asks them to end, as an orderly halt does, and ends those that are still there after a moment. */
export async function endAll(folder: string, { patienceMs = 0 } = {}): Promise<void> {
  const until = Date.now() + patienceMs;
  if (patienceMs > 0 && signalAll(folder, 'SIGTERM') > 0)
    while (Date.now() < until && processesOf(folder).length > 0) await sleep(10);
  // More than once: one that was about to start another may have done so.
  while (signalAll(folder, 'SIGKILL') > 0) await sleep(5);
}

/**
 * Ends what runs in the folder, and removes it, when our process is gone without having done so: the kernel closes the
 * pipe that this shell reads even after SIGKILL.
 */
export function endWithUs(folder: string): ChildProcess {
  const script = `read -r line
ours() { grep -lsF "$1/" /proc/[0-9]*/environ | cut -d/ -f3; }
n=0
while [ $n -lt 5 ] && pids=$(ours "$1") && [ -n "$pids" ]; do kill -KILL $pids 2>/dev/null; sleep 0.1; n=$((n + 1)); done
rm -rf "$1"`;
  const watchdog = spawn('/bin/sh', ['-c', script, 'guests', folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
    cwd: '/',
  });
  watchdog.unref();
  watchdog.stdin?.on('error', () => {});
  return watchdog;
}
