import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  nodeWorkflowId,
  type FailureDetails,
  type NodeSpec,
  type ReapResult,
} from '../../src/contract/index.ts';
import type { Fault } from '../../src/simulator/index.ts';
import { reachesEdge } from '../faults/moments.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { during, until } from '../support/until.ts';

/*
 * A floating IP has no name that a mark could stand in, and outlives its instance. Whatever happens to the request for it,
 * afterwards there is exactly the one that was asked for, or what was there before; and what nobody can prove to be the
 * node's own is said, and never deleted.
 */

let stack: Stack;
let client: Client;
beforeAll(async () => {
  stack = await Stack.start({ simulator: { operationMs: 200 } });
  client = new Client({ connection: await Connection.connect({ address: inject('temporalAddress') }) });
});
afterAll(async () => {
  await client.connection.close();
  await stack.stop();
});

const inside = [{ network: 'private', floatingIp: true as const }];
const provision = (project: TestProject, overrides: Partial<NodeSpec> = {}) =>
  stack.mooring.start('provisionNodeWithVolume', project.spec({ networks: inside, ...overrides }));
const destroy = async (project: TestProject, how: { name?: string; only?: string[] } = {}) =>
  (await stack.mooring.start('destroyNode', { ...project.ref, ...how })).result();
const failureOf = async (run: { result(): Promise<unknown> }) => {
  const failure = (await run.result().then(
    () => ({ type: 'none', message: 'it succeeded' }),
    (error: unknown) => error,
  )) as { type: string; message: string; details: FailureDetails };
  return failure;
};
const ASK = { method: 'POST', path: '/region/*/instance/*/floatingIp' };
const asked = (project: TestProject) =>
  project.changes.filter((change) => change.endsWith('/floatingIp')).length;

/** A machine of somebody's on the private network. */
async function stranger(project: TestProject): Promise<{ id: string; ip: string }> {
  const networks = await project.somebody.networks.list();
  const { regions = [] } = networks.find(({ visibility }) => visibility === 'private') ?? {};
  const networkId = regions.find(({ region }) => region === 'GRA11')?.openstackId;
  const { projectId } = project.credentials;
  const made = await fetch(`${new URL(stack.endpoint).origin}/_simulator/instances`, {
    method: 'POST',
    body: JSON.stringify({ projectId, networks: [{ networkId }] }),
  });
  const { id } = (await made.json()) as { id: string };
  project.expects({ id });
  await until(() => project.instances.find((each) => each.id === id)?.status === 'ACTIVE');
  const [at] = await project.somebody.instances.interfaces(id);
  return { id, ip: at?.fixedIps[0]?.ip ?? '' };
}

/** A floating IP of somebody's, that belongs to nothing. */
async function standing(project: TestProject): Promise<{ id: string; ip: string }> {
  const { id, ip } = await stranger(project);
  const ovh = project.somebody;
  await ovh.regional('GRA11').floatingIps.create(id, ip);
  const isTied = () => project.floatingIps.find(({ instanceId }) => instanceId === id);
  const found = (await until(isTied)) as { id: string; ip: string };
  await ovh.instances.delete(id);
  await until(() => project.instances.every((each) => each.id !== id));
  project.expects(found);
  return { id: found.id, ip: found.ip };
}

test('a node on a private network is reached by a floating IP of its own, which ends with it', async () => {
  const project = stack.project();
  const node = await (await provision(project)).result();

  expect(project.floatingIps).toMatchObject([
    { id: node.floatingIp?.id, instanceId: node.instance.id, at: node.addresses.privateIpv4 },
  ]);
  expect(asked(project)).toBe(1);
  const [{ ip } = { ip: '' }] = project.floatingIps;
  expect(node).toMatchObject({
    outcome: 'created',
    addresses: { publicIpv4: null, floatingIpv4: ip },
    floatingIp: { ip, own: true, outcome: 'created', privateIp: node.addresses.privateIpv4 },
    ssh: { host: ip },
  });

  const again = await (await provision(project)).result();
  expect(again).toMatchObject({ outcome: 'adopted', floatingIp: { id: node.floatingIp?.id, own: true } });
  expect(asked(project)).toBe(1);

  const { node: inspected } = await (await stack.mooring.start('inspectNode', project.ref)).result();
  expect(inspected).toMatchObject({ floatingIp: { id: node.floatingIp?.id } });

  const { deleted } = await destroy(project);
  expect([...project.instances, ...project.volumes, ...project.floatingIps]).toEqual([]);
  expect(deleted).toContainEqual({ kind: 'floatingIp', id: node.floatingIp?.id, name: ip });
});

test('one that is given by its address is tied to the node, and given back', async () => {
  const project = stack.project();
  const lent = await standing(project);
  const networks = [{ network: 'private', floatingIp: lent.ip }];
  const node = await (await provision(project, { networks })).result();

  expect(project.floatingIps).toMatchObject([{ id: lent.id, instanceId: node.instance.id }]);
  expect(node.floatingIp).toMatchObject({ id: lent.id, own: false, outcome: 'adopted' });
  expect(await (await provision(project, { networks })).result()).toMatchObject({ outcome: 'adopted' });

  const { kept } = await destroy(project);
  expect(project.instances).toEqual([]);
  expect(project.floatingIps).toMatchObject([{ id: lent.id, at: null }]);
  expect(kept).toContainEqual({ kind: 'floatingIp', id: lent.id, name: lent.ip });
});

test('a node that stood without one is given one, and is as before when that fails', async () => {
  const project = stack.project();
  const before = await (await provision(project, { networks: [{ network: 'private' }] })).result();
  const snapshot = project.snapshot();
  expect(project.calls.filter(({ path }) => /floatingip|gateway|interface/i.test(path))).toEqual([]);

  const run = await provision(project);
  await during(run, () => project.floatingIps[0]);
  await run.cancel();
  expect(await failureOf(run)).toMatchObject({ type: 'Cancelled', details: { left: [] } });
  expect(project.snapshot()).toBe(snapshot);

  const node = await (await provision(project)).result();
  expect(node).toMatchObject({ outcome: 'completed', instance: { id: before.instance.id } });
  expect(project.floatingIps).toMatchObject([{ id: node.floatingIp?.id }]);
});

test('a node without one asks OVH nothing of floating IPs, from its first call to its last', async () => {
  const project = stack.project();
  await (await provision(project, { networks: [{ network: 'private' }] })).result();
  await destroy(project);
  expect(project.calls.filter(({ path }) => /floatingip|gateway|interface/i.test(path))).toEqual([]);
});

test.each<[string, Partial<NodeSpec>, string]>([
  ['a region without gateway', { region: 'SBG5' }, 'network "private" has no gateway in SBG5'],
  [
    'an address that is nobody’s',
    { networks: [{ network: 'private', floatingIp: '203.0.113.7' }] },
    'floating IP 203.0.113.7 is not in GRA11; none is free there',
  ],
])('%s is said before anything is made', async (_, overrides, sentence) => {
  const project = stack.project();
  expect(await failureOf(await provision(project, overrides))).toMatchObject({
    type: 'PreflightFailed',
    message: expect.stringContaining(sentence),
  });
  expect(project.changes).toEqual([]);
});

const troubles: Record<string, Omit<Fault, 'method' | 'path'>> = {
  'the answer is lost': { kind: 'reset-after', times: 1 },
  'the answer is lost, twice': { kind: 'reset-after', times: 2 },
  'it is applied late': { kind: 'late', delayMs: 600, times: 1 },
  'it is applied twice': { kind: 'duplicate', times: 1 },
  'the answer is another’s': { kind: 'answer-of-another', times: 1 },
  'the answer means nothing': { kind: 'wrong-shape', times: 1 },
  'OVH is in trouble': { kind: 'status-after', status: 500, times: 1 },
  'it never came to OVH': { kind: 'reset-before', times: 2 },
};

describe.each(Object.entries(troubles))('where %s', (_, fault) => {
  test.concurrent('there is one, and none when the run is cancelled just then', async () => {
    const project = stack.project();
    const other = stack.project();
    for (const each of [project, other]) each.fault({ ...ASK, ...fault });
    const cancelled = (async () => {
      const run = await provision(other);
      await during(run, () => asked(other) > 0);
      await run.cancel();
      return failureOf(run);
    })();
    const node = await (await provision(project)).result();
    expect(project.floatingIps).toMatchObject([{ id: node.floatingIp?.id, instanceId: node.instance.id }]);
    expect(node.floatingIp?.own).toBe(true);
    expect(await cancelled).toMatchObject({ type: 'Cancelled', details: { left: [] } });
    expect([...other.instances, ...other.volumes, ...other.floatingIps]).toEqual([]);
    await destroy(project);
    expect(project.floatingIps).toEqual([]);
  });
});

test('at an instance that stood before, what a lost answer made is said, and left to people', async () => {
  const project = stack.project();
  await (await provision(project, { networks: [{ network: 'private' }] })).result();
  project.fault({ ...ASK, kind: 'reset-after', times: 1 });
  const run = await provision(project);
  await during(run, () => project.floatingIps[0]);
  await run.cancel();
  const failure = await failureOf(run);
  const [left] = project.floatingIps;
  expect(project.floatingIps).toHaveLength(1);
  expect(failure).toMatchObject({
    type: 'Cancelled',
    details: { left: [{ kind: 'floatingIp', id: left?.id, unproven: true }] },
  });
  expect(failure.message).toContain(`floatingIp ${left?.ip} (${left?.id})`);

  // The node takes it, and its end gives it back: nobody knows whose it is.
  const node = await (await provision(project)).result();
  expect(node.floatingIp).toMatchObject({ id: left?.id, own: false });
  const { kept } = await destroy(project);
  expect(kept).toMatchObject([{ kind: 'floatingIp', id: left?.id }]);
  expect(project.floatingIps).toMatchObject([{ id: left?.id, at: null }]);

  // Until somebody names it.
  await destroy(project, { only: [left?.id ?? ''] });
  expect(project.floatingIps).toEqual([]);
});

test('where somebody has deleted the instance, a destroy still takes its floating IP', async () => {
  const project = stack.project();
  const node = await (await provision(project)).result();
  await project.somebody.instances.delete(node.instance.id);
  await until(() => project.floatingIps[0]?.at === null);
  const { deleted } = await destroy(project);
  expect(project.floatingIps).toEqual([]);
  expect(deleted.map(({ id }) => id)).toContain(node.floatingIp?.id);
});

test('an instance that is long in going, and no longer says what its ports are, takes no proof with it', async () => {
  const slow = await stack.anotherCloud({ bootMs: 300, volumeMs: 150, attachMs: 80, deleteMs: 2000 });
  const project = stack.project(slow);
  await (await provision(project)).result();
  project.fault({
    method: 'GET',
    path: '/instance/*/interface',
    kind: 'status',
    status: 404,
    after: 1,
    forMs: 20_000,
  });
  project.fault({
    method: 'DELETE',
    path: '/region/*/floatingip/*',
    kind: 'status',
    status: 500,
    forMs: 1500,
  });
  await destroy(project);
  expect([...project.instances, ...project.floatingIps]).toEqual([]);
});

test('what somebody has tied to a machine of their own meanwhile stays there', async () => {
  const project = stack.project();
  const node = await (await provision(project)).result();
  const floatingIp = node.floatingIp?.id ?? '';
  project.expects({ id: floatingIp });
  const { id, ip } = await stranger(project);
  const { floatingIps } = project.somebody.regional('GRA11');
  await floatingIps.detach(floatingIp);
  await floatingIps.associate(floatingIp, id, ip);
  await until(() => project.floatingIps[0]?.instanceId === id);
  await destroy(project);
  expect(project.floatingIps).toMatchObject([{ id: node.floatingIp?.id, instanceId: id }]);
});

test('a standing one that the run has tied to a node that stood is given back when the run fails', async () => {
  const project = stack.project();
  await (await provision(project, { networks: [{ network: 'private' }] })).result();
  const lent = await standing(project);
  const snapshot = project.snapshot();
  project.fault({
    method: 'POST',
    path: '/region/*/instance/*/associateFloatingIp',
    kind: 'reset-after',
    times: 1,
  });
  const run = await provision(project, { networks: [{ network: 'private', floatingIp: lent.ip }] });
  await during(run, () => project.floatingIps[0]?.at != null);
  await run.cancel();
  expect(await failureOf(run)).toMatchObject({ type: 'Cancelled', details: { left: [] } });
  expect(project.snapshot()).toBe(snapshot);
});

test('a standing one that OVH ties only after the run was cancelled is given back', async () => {
  const project = stack.project();
  await (await provision(project, { networks: [{ network: 'private' }] })).result();
  const lent = await standing(project);
  const snapshot = project.snapshot();
  await operationsTake(2500);
  const run = await provision(project, { networks: [{ network: 'private', floatingIp: lent.ip }] });
  await reachesEdge(client, run, { step: 'associate-floating-ip', edge: 'done' });
  await run.cancel();
  expect(await failureOf(run)).toMatchObject({ type: 'Cancelled', details: { left: [] } });
  await operationsTake(200);
  expect(project.changes.at(-1)).toContain('/detach');
  expect(project.snapshot()).toBe(snapshot);
});

async function operationsTake(operationMs: number): Promise<void> {
  const { origin } = new URL(stack.endpoint);
  const body = JSON.stringify({ operationMs });
  expect((await fetch(`${origin}/_simulator/settings`, { method: 'POST', body })).ok).toBe(true);
}

test('what a terminated run has made is reaped, also where its answer was lost', async () => {
  const project = stack.project();
  project.fault({ ...ASK, kind: 'reset-after', times: 1 });
  const run = await provision(project);
  await during(run, () => project.floatingIps[0]?.at != null);
  await client.workflow.getHandle(nodeWorkflowId(project.ref)).terminate('by hand');
  const found = await reapAll(project);
  expect(found.leftOver.map(({ kind }) => kind)).toContain('floatingIp');
  expect([...project.instances, ...project.volumes, ...project.floatingIps]).toEqual([]);
});

async function reapAll(project: TestProject): Promise<ReapResult> {
  const input = { project: project.alias, apply: true, olderThan: '1s' };
  const [all] = await until(
    async () => {
      const found = await (await stack.mooring.start('reap', input)).result();
      return found.leftOver.length > 0 && project.floatingIps.length === 0 ? [found] : [];
    },
    ([found]) => found,
  );
  return all as ReapResult;
}

test('several run at once, each with its own', async () => {
  const project = stack.project();
  const names = ['a', 'b', 'c', 'd'];
  const nodes = await Promise.all(
    names.map(async (name) => (await provision(project, { name, volumes: [] })).result()),
  );
  expect(new Set(nodes.map(({ floatingIp }) => floatingIp?.id)).size).toBe(4);
  expect(project.floatingIps).toHaveLength(4);
  for (const { instance, floatingIp } of nodes)
    expect(project.floatingIps.find(({ id }) => id === floatingIp?.id)?.instanceId).toBe(instance.id);
  await Promise.all(names.map((name) => destroy(project, { name })));
  expect(project.floatingIps).toEqual([]);
});
