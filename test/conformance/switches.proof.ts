import { expect, test } from 'vitest';
import {
  askAll,
  chooseSite,
  cleanUp,
  MARK,
  probes,
  settingsOf,
  type Finding,
} from '../../src/conformance/index.ts';
import {
  createSimulator,
  serveSimulator,
  switchPositions,
  type SimulatorOptions,
  type SwitchName,
} from '../../src/simulator/index.ts';

/* What nobody knows of OVH, a run finds out: here of a simulator in every position of every switch. */

const delays = { bootMs: 400, volumeMs: 150, operationMs: 150, attachMs: 100, deleteMs: 150 };
/** What is seen only while OVH does something, or while its lists lag, must be seen on a busy machine, too. */
const LONG_MS = 12_000;
/** Calls a second while a probe asks: a busy machine makes more, too. */
const FEW = 1;
const quota = { maxGigabytes: 100 };

/** Which question a switch is the answer to, and what it needs to show. */
const asked: Record<SwitchName, { probe: string; needs?: SimulatorOptions }> = {
  attachAgain: { probe: 'attach-again' },
  quotaAnswer: { probe: 'quota-answer' },
  deleteBusyVolume: { probe: 'delete-busy-volume' },
  deleteVolumeWithSnapshots: { probe: 'delete-volume-with-snapshots' },
  operationResource: { probe: 'operation-resource' },
  failedOperation: { probe: 'failed-operation', needs: { switches: { quotaAnswer: 'accept-then-error' } } },
  deleteAgain: { probe: 'delete-again', needs: { deleteMs: LONG_MS } },
  sshKeyAgain: { probe: 'ssh-key-again' },
  voidAnswer: { probe: 'void-answer' },
  listNulls: { probe: 'list-nulls' },
  flavorNames: { probe: 'flavor-names' },
  instanceForm: { probe: 'instance-form' },
  listDeleted: { probe: 'delete-again', needs: { listLagMs: LONG_MS } },
  detailLag: { probe: 'detail-lag', needs: { listLagMs: LONG_MS } },
  addresses: { probe: 'addresses', needs: { bootMs: LONG_MS } },
  quotaRam: { probe: 'quota-ram' },
  rateLimitAnswer: { probe: 'rate-limit', needs: { rateLimit: FEW } },
  rateLimitRetryAfter: { probe: 'rate-limit', needs: { rateLimit: FEW } },
  unknownParameters: { probe: 'unknown-parameters' },
};

async function ask(
  { rateLimit = 0, settleMs = 500, ...options }: SimulatorOptions & { settleMs?: number },
  only: (name: string) => boolean = () => true,
) {
  const simulator = createSimulator({ ...delays, quota, ...options });
  const { projectId, ...credentials } = simulator.first;
  const { endpoint, close } = await serveSimulator(simulator);
  const common = { pollMs: 50, patienceMs: 60_000 };
  // Somebody else's things, which must be there afterwards as they were.
  const control = `${new URL(endpoint).origin}/_simulator`;
  const tell = (path: string, body: unknown) =>
    fetch(`${control}/${path}`, { method: 'POST', body: JSON.stringify(body) });
  for (const [path, body] of [
    ['instances', { name: 'theirs' }],
    ['volumes', { name: 'theirs-data' }],
  ] as const)
    await tell(path, body);
  const site = await chooseSite({
    ...common,
    endpoint,
    credentials: () => credentials,
    projectId,
    mark: `${MARK}test-`,
    signal: new AbortController().signal,
  });
  const findings: Finding[] = [];
  const chosen = probes.filter(({ name }) => only(name));
  await tell('settings', { rateLimit });
  for await (const finding of askAll(site, chosen)) findings.push(finding);
  await tell('settings', { rateLimit: 0 });
  const { project, region } = site;
  const cleaned = await cleanUp({ ...common, pollMs: 200, project, region, mark: MARK, settleMs });
  const { instances, volumes, sshKeys, volumeSnapshots } = simulator.state();
  await close();
  expect(cleaned.left).toEqual([]);
  expect(
    [instances, volumes, sshKeys, volumeSnapshots].map((things) => things.map(({ name }) => name)),
  ).toEqual([['theirs'], ['theirs-data'], [], []]);
  return { findings, settings: settingsOf(findings) };
}

const positions = Object.entries(switchPositions).flatMap(([name, all]) =>
  all.map((position) => [name as SwitchName, position] as const),
);

test.concurrent.each(positions)('%s = %s is found out', async (name, position) => {
  const { probe, needs } = asked[name];
  const switches = { ...needs?.switches, [name]: position };
  const { settings } = await ask({ ...needs, switches }, (each) => each === probe);
  expect(settings.switches).toMatchObject({ [name]: position });
});

test('a whole run answers every question but those that this OVH does not let happen', async () => {
  const { findings, settings } = await ask({
    bootMs: 2000,
    listLagMs: 1500,
    settleMs: 2000,
    skewLimitMs: 47_000,
  });
  const open = findings.filter(({ found }) => !found);
  expect(open).toMatchObject([{ probe: 'failed-operation' }]);
  // OVH tells whole seconds, and a call takes a moment.
  expect(settings.skewLimitMs).toBeGreaterThanOrEqual(44_000);
  expect(settings.skewLimitMs).toBeLessThanOrEqual(47_000);
  expect(settings.listLagMs).toBeGreaterThan(100);
  expect(settings.bootMs).toBeGreaterThan(300);
});
