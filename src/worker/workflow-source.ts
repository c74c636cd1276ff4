import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type WorkerOptions } from '@temporalio/worker';
import { ConfigError } from './configuration/config-error.ts';
import { encodedFailuresPath } from '../temporal/codec/data-converter.ts';

/** The folder, not a file: it works from sources and from `dist`. */
const workflowsPath = fileURLToPath(new URL('../workflows', import.meta.url));

/** All of them: evaluated once for each worker, not for each run. Their modules hold no state (decision 12). */
const preloadModules = [join(workflowsPath, 'engine', 'short-stacks'), workflowsPath];

/** What `npm run build` makes, beside the sources' output. */
const builtBundle = fileURLToPath(new URL('../workflows.bundle.js', import.meta.url));

/** How failures leave a workflow is part of its bundle. */
interface BundleKind {
  /** Messages of failures become payloads, for a codec to encrypt. */
  encodesFailures: boolean;
}

/**
 * Where a worker takes its workflows from: a bundle made beforehand starts three seconds sooner.
 *
 * @throws ConfigError where a bundle that somebody has named is not there: it may hold more than Mooring's own workflows
 */
export function workflowSource(
  bundle = builtBundle,
  kind: BundleKind = { encodesFailures: false },
): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath' | 'bundlerOptions'> {
  const codePath = fileOf(bundle, kind);
  if (existsSync(codePath)) return { workflowBundle: { codePath } };
  if (bundle === builtBundle) return { workflowsPath, bundlerOptions: { preloadModules } };
  const why = kind.encodesFailures ? ', which a worker with MOORING_CODEC_KEY takes in its place' : '';
  throw new ConfigError(`MOORING_WORKFLOW_BUNDLE is ${bundle}, and there is no ${codePath}${why}`);
}

/**
 * Bundles the workflows into a file that any number of workers of this very version can use; the one that encodes
 * failures stands beside the usual one.
 */
export async function writeWorkflowBundle(
  file = builtBundle,
  kind: BundleKind = { encodesFailures: false },
): Promise<void> {
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    logger: new DefaultLogger('WARN'),
    preloadModules,
    ...(kind.encodesFailures && { failureConverterPath: encodedFailuresPath }),
  });
  await writeFile(fileOf(file, kind), code);
}

function fileOf(bundle: string, { encodesFailures }: BundleKind): string {
  if (!encodesFailures) return bundle;
  const { dir, name, ext } = parse(bundle);
  return join(dir, `${name}.encrypted${ext}`);
}
