import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedServer } from '../../src/temporal/embedded-server.ts';
import { buildProgram } from './program.ts';

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
    /** The built program's main file. */
    programPath: string;
    /** What random tests draw from. */
    seed: number;
  }
}

/** Starts one server and builds the program and its workflows once for the whole run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'mooring-test-'));
  const seed = Number(process.env['MOORING_SEED'] || Date.now() % 1_000_000);
  process.stderr.write(`seed of everything random: MOORING_SEED=${seed}\n`);
  // Memory is there; what the server collects less often costs tests some seconds of processor less.
  process.env['GOGC'] ??= '400';
  const [server, { main, bundle }] = await Promise.all([
    // stdout may be a reporter's.
    startEmbeddedServer({ httpPort: 0, log: (line) => process.stderr.write(`${line}\n`) }),
    buildProgram(dir),
  ]);
  project.provide('seed', seed);
  project.provide('temporalAddress', server.address);
  project.provide('temporalHttpUrl', server.httpUrl ?? '');
  project.provide('temporalCli', server.binary);
  project.provide('workflowBundlePath', bundle);
  project.provide('programPath', main);
  return async () => {
    await server.stop();
    await rm(dir, { recursive: true });
  };
}
