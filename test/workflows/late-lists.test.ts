import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { connectClient, type ClientConnection } from '../../src/temporal/connect.ts';
import { startEmbeddedServer, type EmbeddedServer } from '../../src/temporal/embedded-server.ts';
import { Stack } from '../support/stack.ts';
import { PATIENT } from '../support/patience.ts';

/*
 * Temporal's list of runs lags behind what Temporal knows of each run. Here it learns once a second what has changed, and much
 * changes, as in a busy cluster: whoever comes right after a run is shown that run as open, or not at all.
 */

let server: EmbeddedServer;
let stack: Stack;
let client: ClientConnection;
const others = new AbortController();
let ended: Promise<void>;
beforeAll(async () => {
  const dynamicConfig = {
    'history.visibilityProcessorMaxPollRPS': 1,
    'history.visibilityProcessorMaxPollHostRPS': 1,
  };
  server = await startEmbeddedServer({ binary: inject('temporalCli'), dynamicConfig });
  client = await connectClient({ ...PATIENT, address: server.address });
  ended = keepBusy(others.signal);
  // Whatever it fails of is told at the end.
  ended.catch(() => undefined);
  stack = await Stack.start({ temporalAddress: server.address, simulator: { operationMs: 200 } });
});
afterAll(async () => {
  await stack.stop();
  others.abort();
  await ended;
  await client.connection.close();
  await server.stop();
});

/** Runs of somebody else's, of which none has a worker. */
async function keepBusy(signal: AbortSignal): Promise<void> {
  for (let number = 0; !signal.aborted; number++) {
    await client.client.workflow.start('nothing', { workflowId: `other-${number}`, taskQueue: 'nobody' });
    await sleep(50);
  }
}

const networks = [{ network: 'private', floatingIp: true as const }];

test('a destroy that comes right after the run takes its floating IP', async () => {
  const project = stack.project();
  await (await stack.mooring.start('provisionNodeWithVolume', project.spec({ networks }))).result();
  const { kept } = await (await stack.mooring.start('destroyNode', project.ref)).result();
  expect([...project.instances, ...project.volumes, ...project.floatingIps]).toEqual([]);
  expect(kept).toEqual([]);
});
