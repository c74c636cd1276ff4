import { execFile } from 'node:child_process';
import { copyFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { writeWorkflowBundle } from '../../src/worker/workflow-source.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Builds the program as it is published into a folder: it starts in half the time that it takes from sources, and
 * tests start it a hundred times. Returns its main file and its workflows.
 */
export async function buildProgram(folder: string): Promise<{ main: string; bundle: string }> {
  const dist = join(folder, 'dist');
  const bundle = join(dist, 'workflows.bundle.js');
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  const project = join(root, 'tsconfig.build.json');
  // Types are `npm run check:types`'s business.
  const quick = ['--noCheck', '--declaration', 'false', '--sourceMap', 'false', '--inlineSources', 'false'];
  await run(tsc, ['--project', project, '--outDir', dist, ...quick]);
  await Promise.all([
    symlink(join(root, 'node_modules'), join(folder, 'node_modules')),
    copyFile(join(root, 'package.json'), join(folder, 'package.json')),
    copyFile(
      join(root, 'src/temporal/codec/encoded-failures.cjs'),
      join(dist, 'temporal/codec/encoded-failures.cjs'),
    ),
    // Where the program itself looks for them; both, as a worker that finds none makes its own for three seconds.
    writeWorkflowBundle(bundle),
    writeWorkflowBundle(bundle, { encodesFailures: true }),
  ]);
  return { main: join(dist, 'cli', 'main.js'), bundle };
}
