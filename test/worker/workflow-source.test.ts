import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { workflowSource } from '../../src/worker/workflow-source.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a bundle that is named is the one that is taken, or the worker does not start', async () => {
  const folder = await temporaryFolder();
  const bundle = join(folder, 'mine.cjs');
  const encrypted = join(folder, 'mine.encrypted.cjs');
  const withKey = { encodesFailures: true };

  expect(() => workflowSource(bundle)).toThrow(
    `MOORING_WORKFLOW_BUNDLE is ${bundle}, and there is no ${bundle}`,
  );
  await writeFile(bundle, '');
  expect(workflowSource(bundle)).toEqual({ workflowBundle: { codePath: bundle } });
  // Mooring's own in its place would know nothing of what else is in it.
  expect(() => workflowSource(bundle, withKey)).toThrow(
    `there is no ${encrypted}, which a worker with MOORING_CODEC_KEY takes in its place`,
  );
  await writeFile(encrypted, '');
  expect(workflowSource(bundle, withKey)).toEqual({ workflowBundle: { codePath: encrypted } });
});
