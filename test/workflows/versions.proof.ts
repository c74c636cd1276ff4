import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test, type TestContext } from 'vitest';
import { Mooring } from '../../src/client/index.ts';
import { createSimulator, serveSimulator, type Simulator } from '../../src/simulator/index.ts';
import { connectClient, type ClientConnection } from '../../src/temporal/connect.ts';
import { startEmbeddedServer, type EmbeddedServer } from '../../src/temporal/embedded-server.ts';
import { ovhEnvironment } from '../support/scene.ts';
import { spawnWorker } from '../support/worker-process.ts';
import { until } from '../support/until.ts';
import { PATIENT } from '../support/patience.ts';

/* Two builds side by side, pinned. Here Temporal finds a history long after 30 events, so that a fleet has many runs. */

const DEPLOYMENT = 'mooring';

let server: EmbeddedServer;
let simulator: Simulator;
let ovh: Awaited<ReturnType<typeof serveSimulator>>;
let mooring: Mooring;
let temporal: ClientConnection;
beforeAll(async () => {
  simulator = createSimulator({ bootMs: 3000, volumeMs: 200, attachMs: 100, deleteMs: 100 });
  ovh = await serveSimulator(simulator);
  const dynamicConfig = { 'limit.historyCount.suggestContinueAsNew': 30 };
  server = await startEmbeddedServer({ binary: inject('temporalCli'), dynamicConfig });
  const { address } = server;
  mooring = await Mooring.connect({ ...PATIENT, address });
  temporal = await connectClient({ ...PATIENT, address });
});
afterAll(async () => {
  await temporal.connection.close();
  await mooring.close();
  await server.stop();
  await ovh.close();
});

test('a run stays with the build that began it, and so does what it begins; new ones go to the current build', async (context) => {
  const unversioned = startWorker({}, context);
  const old = await mooring.start('provisionNodeWithVolume', spec('old'));
  await untilMade(1);
  await unversioned.kill();

  const first = startWorker({ MOORING_DEPLOYMENT: DEPLOYMENT, MOORING_BUILD_ID: '1.0.0' }, context);
  await makeCurrent('1.0.0');
  const early = await mooring.start('provisionNodeWithVolume', spec('early'));
  const fleet = await mooring.start('provisionFleet', { name: 'app', count: 4, maxConcurrent: 1, node });
  await untilMade(3);

  startWorker({ MOORING_DEPLOYMENT: DEPLOYMENT, MOORING_BUILD_ID: '1.1.0' }, context);
  await makeCurrent('1.1.0');
  const late = await mooring.start('provisionNodeWithVolume', spec('late'));
  await Promise.all([old, early, fleet, late].map(async (run) => run.result()));

  const { instances, volumes } = simulator.state();
  expect([instances.length, volumes.length]).toEqual([7, 7]);
  const seen = await readHistories();
  expect(seen.map(({ workflowId, builds }) => [workflowId, builds])).toEqual(
    expect.arrayContaining([
      ['node.main.GRA11.old', ['', expect.stringMatching(/^1/)]],
      ['node.main.GRA11.early', ['1.0.0']],
      ['node.main.GRA11.app-001', ['1.0.0']],
      ['node.main.GRA11.app-004', ['1.0.0']],
      ['node.main.GRA11.late', ['1.1.0']],
    ]),
  );
  const fleets = seen.filter(({ workflowId }) => workflowId === 'fleet.main.app');
  expect(fleets.length).toBeGreaterThan(1);
  for (const { builds } of fleets) expect(builds).toEqual(['1.0.0']);
  // Looks are anybody's: a build that goes leaves none behind.
  const lookers = new Set(seen.flatMap((run) => (run.builds.includes('1.0.0') ? run.lookers : [])));
  expect([...lookers]).toContain(first.child.pid);
  expect(lookers.size).toBeGreaterThan(1);
  const query = `TemporalWorkerDeploymentVersion = '${DEPLOYMENT}:1.0.0'`;
  // Temporal's lists, and what it says of a version, come after its histories.
  await expect.poll(async () => (await temporal.client.workflow.count(query)).count).toBeGreaterThan(6);
  await expect.poll(async () => temporalCli('describe-version', '--build-id', '1.0.0')).toMatch(/drain/i);
});

const node = { region: 'GRA11', flavor: 'b3-8', image: 'Debian 12', volumes: [{ name: 'data', size: 20 }] };
const spec = (name: string) => ({ ...node, name });

function startWorker(build: NodeJS.ProcessEnv, context: TestContext) {
  return spawnWorker(
    {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      TEMPORAL_ADDRESS: server.address,
      MOORING_OWNER: 'tests',
      MOORING_SETTLE: '2s',
      ...ovhEnvironment(ovh.endpoint, simulator.first),
      ...build,
    },
    context,
  );
}

async function untilMade(count: number): Promise<void> {
  await until(
    async () => simulator.state().instances.length,
    (made) => made >= count,
  );
}

/** Refused until workers of the build poll. */
async function makeCurrent(buildId: string): Promise<void> {
  await until(
    async () =>
      temporalCli('set-current-version', '--build-id', buildId, '--yes').then(
        () => '',
        (error: Error) => error.message,
      ),
    (refusal) => refusal === '',
  );
}

/** The commands of the guide. */
async function temporalCli(command: string, ...options: string[]): Promise<string> {
  const common = ['--deployment-name', DEPLOYMENT, '--address', server.address];
  const args = ['worker', 'deployment', command, ...common, ...options];
  return (await promisify(execFile)(inject('temporalCli'), args)).stdout;
}

/** Of each run the builds that took its tasks, in their order, and the processes that looked for it. */
async function readHistories() {
  const { workflow } = temporal.client;
  const runs: { workflowId: string; builds: string[]; lookers: number[] }[] = [];
  for await (const { workflowId, runId } of workflow.list()) {
    const events = (await workflow.getHandle(workflowId, runId).fetchHistory()).events ?? [];
    const builds = events.flatMap(({ workflowTaskCompletedEventAttributes: task }) =>
      task ? [task.deploymentVersion?.buildId ?? ''] : [],
    );
    const looks = new Set(
      events
        .filter(({ activityTaskScheduledEventAttributes: asked }) =>
          asked?.taskQueue?.name?.endsWith('-observe'),
        )
        .map(({ eventId }) => String(eventId)),
    );
    const lookers = events.flatMap(({ activityTaskStartedEventAttributes: began }) =>
      looks.has(String(began?.scheduledEventId)) ? [Number(began?.identity?.split('@')[0])] : [],
    );
    runs.push({ workflowId, builds: [...new Set(builds)], lookers });
  }
  return runs;
}
