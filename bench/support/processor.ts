import { readFile } from 'node:fs/promises';

/** Milliseconds of processor that each process has used so far, by its name. NaN where there is no Linux to say it. */
export async function processorMs(pids: Record<string, number>): Promise<Map<string, number>> {
  const all = Object.entries(pids).map(async ([name, pid]) => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // After the name, which may hold spaces: user and system time are fields 14 and 15, in hundredths of a second.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [name, (Number(fields[11] ?? Number.NaN) + Number(fields[12] ?? Number.NaN)) * 10] as const;
  });
  return new Map(await Promise.all(all));
}
