import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inject } from 'vitest';
import { timingOf, type Timing } from '../../src/contract/timing-of.ts';
import type * as WorkflowSource from '../../src/worker/workflow-source.ts';

/** The death of a worker is noticed after so long, instead of ten seconds. */
export const QUICK_HEARTBEAT_MS = 3000;
const QUICK_SECOND_MS = 100;

/** The times of the quick program. */
export const quickTiming = timingOf(QUICK_HEARTBEAT_MS, QUICK_SECOND_MS);

export interface Program {
  main: string;
  remove(): Promise<void>;
}

/**
 * A copy of the built program in which every time-out is a tenth of production's, and a dead worker is noticed after a third: one module is another. There is no
 * setting for this, so nobody can shorten production's by accident. `others`: what is shorter still.
 */
export async function quickProgram(others: Partial<Timing> = {}): Promise<Program> {
  const built = dirname(dirname(dirname(inject('programPath'))));
  const folder = await mkdtemp(join(tmpdir(), 'mooring-quick-'));
  const dist = join(folder, 'dist');
  await cp(join(built, 'dist'), dist, { recursive: true });
  await cp(join(built, 'package.json'), join(folder, 'package.json'));
  await symlink(join(built, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(
    join(dist, 'contract', 'timing.js'),
    `export const timing = ${JSON.stringify({ ...quickTiming, ...others })};\n`,
  );
  // Its own bundler, so that its workflows have the same times.
  const itsSource = pathToFileURL(join(dist, 'worker', 'workflow-source.js')).href;
  const { writeWorkflowBundle } = (await import(itsSource)) as typeof WorkflowSource;
  await writeWorkflowBundle();
  return { main: join(dist, 'cli', 'main.js'), remove: () => rm(folder, { recursive: true }) };
}
