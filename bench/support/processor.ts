import { readFile } from 'node:fs/promises';

/** Milliseconds of processor that a process has used so far. NaN where there is no Linux to say it. */
export async function processorMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // After the name, which may hold spaces: user and system time are fields 14 and 15, in hundredths of a second.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? Number.NaN) + Number(fields[12] ?? Number.NaN)) * 10;
}

/** Of each process, by its name. */
export async function processorMsOf(pids: Record<string, number>): Promise<Map<string, number>> {
  const all = Object.entries(pids).map(async ([name, pid]) => [name, await processorMs(pid)] as const);
  return new Map(await Promise.all(all));
}
