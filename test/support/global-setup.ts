import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedServer } from '../../src/temporal/embedded-server.ts';
import { writeWorkflowBundle } from '../../src/temporal/workflow-source.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** `host:port` of the Temporal server that all tests share: task queues and workflow ids must be a test's own. */
    temporalAddress: string;
    /** Base URL of its HTTP API. */
    temporalHttpUrl: string;
    /** Path of the `temporal` CLI, for tests that need a server to themselves. */
    temporalCli: string;
    /** The bundled workflows, for `workflowBundle: { codePath }`. */
    workflowBundlePath: string;
  }
}

/** Starts one server and bundles the workflows once for the whole run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'mooring-test-'));
  const workflowBundlePath = join(dir, 'workflows.js');
  const [server] = await Promise.all([
    // stdout may be a reporter's.
    startEmbeddedServer({ httpPort: 0, log: (line) => process.stderr.write(`${line}\n`) }),
    writeWorkflowBundle(workflowBundlePath),
  ]);
  project.provide('temporalAddress', server.address);
  project.provide('temporalHttpUrl', server.httpUrl ?? '');
  project.provide('temporalCli', server.binary);
  project.provide('workflowBundlePath', workflowBundlePath);
  return async () => {
    await server.stop();
    await rm(dir, { recursive: true });
  };
}
