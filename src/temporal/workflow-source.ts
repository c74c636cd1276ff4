import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { encodedFailuresPath } from './codec/data-converter.ts';

/** The folder, not a file: it works from sources and from `dist`. */
const workflowsPath = fileURLToPath(new URL('../workflows', import.meta.url));

/** All of them: evaluated once for each worker, not for each run. Their modules hold no state (decision 12). */
const preloadModules = [workflowsPath];

/** What `npm run build` makes, beside the sources' output. */
const builtBundle = fileURLToPath(new URL('../workflows.bundle.js', import.meta.url));

/** How failures leave a workflow is part of its bundle. */
interface BundleKind {
  /** Messages of failures become payloads, for a codec to encrypt. */
  encodesFailures: boolean;
}

/** Where a worker takes its workflows from: a bundle made beforehand starts three seconds sooner. */
export function workflowSource(bundle = builtBundle, kind: BundleKind = { encodesFailures: false }) {
  const codePath = fileOf(bundle, kind);
  if (bundle !== builtBundle && !kind.encodesFailures) return { workflowBundle: { codePath } };
  return existsSync(codePath)
    ? { workflowBundle: { codePath } }
    : { workflowsPath, bundlerOptions: { preloadModules } };
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
