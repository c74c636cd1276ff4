import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { neededCalls, neededRules, refusedCalls } from '../../src/worker/needed-calls.ts';
import { Ovh, requestCredential, type AccessRule } from '../../src/ovh/index.ts';
import { startWorker } from '../../src/worker/worker.ts';
import { Stack } from '../support/stack.ts';

/* Which rights a consumer key must have: these and no other. */

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ worker: false });
});
afterAll(() => stack.stop());

test('every kind of run works with the needed rights alone, and each of them is needed', async () => {
  const project = stack.project();
  const { applicationKey, applicationSecret, projectId } = project.credentials;
  const owner = new Ovh({ endpoint: stack.endpoint, credentials: { ...project.credentials } }).project(
    projectId,
  );
  const image = (await owner.images.list('GRA11')).find(({ name }) => name === 'Debian 12');
  const group = await owner.instanceGroups.create({ name: 'apart', region: 'GRA11', type: 'anti-affinity' });
  await owner.sshKeys.create({
    name: 'me',
    publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZ1eno= me@home',
  });
  const original = await owner.volumes.create({
    name: 'original',
    region: 'GRA11',
    size: 10,
    type: 'classic',
  });
  const [network] = await owner.networks.list();
  const [subnet] = await owner.networks.subnets(network?.id ?? '');
  await expect.poll(async () => (await owner.volumes.get(original.id)).status).toBe('available');
  await owner.volumes.snapshot(original.id, { name: 'yesterday' });
  await expect.poll(async () => (await owner.volumeSnapshots.list('GRA11'))[0]?.status).toBe('available');

  const rules = neededRules(projectId);
  const { consumerKey } = await requestCredential({
    endpoint: stack.endpoint,
    applicationKey,
    accessRules: rules,
  });
  await fetch(`${new URL(stack.endpoint).origin}/_simulator/credentials/validate`, {
    method: 'POST',
    body: JSON.stringify({ consumerKey }),
  });
  // A worker that has never had another key: it reads them again only when OVH refuses what it has.
  project.credentials.consumerKey = consumerKey;
  const worker = await startWorker(stack.config, { address: inject('temporalAddress') });
  const limited = new Ovh({
    endpoint: stack.endpoint,
    credentials: { applicationKey, applicationSecret, consumerKey },
  });
  const before = stack.simulator.calls().length;

  expect(await limited.projects.list()).toEqual([projectId]);
  await limited.project(projectId).flavors.list();
  const credential = await limited.auth.currentCredential();
  await limited.auth.details();
  await limited.projects.get(projectId);
  expect(refusedCalls(credential.rules, projectId)).toEqual([]);

  const started = stack.simulator.calls().length;
  const run = async (overrides: object) =>
    (await stack.mooring.start('provisionNodeWithVolume', project.spec(overrides))).result();
  await run({ sshKey: 'me', group: group.name, volumes: [{ name: 'data', size: 20, type: 'classic' }] });
  await run({
    name: 'web-2',
    networks: [{ network: network?.id, subnet: subnet?.id }],
    volumes: [{ name: 'data', size: 20, type: 'classic', fromSnapshot: 'yesterday' }],
  });
  await run({
    name: 'web-3',
    region: 'EU-WEST-PAR',
    availabilityZone: 'eu-west-par-a',
    volumes: [{ name: 'data', size: 20, type: 'classic' }],
  });
  await run({ name: 'web-4', image: undefined, bootVolume: { image: 'Debian 12', size: 60 }, volumes: [] });
  await run({ name: 'web-5', image: image?.id, volumes: [] });
  const floating = await run({
    name: 'web-8',
    networks: [{ network: network?.id, floatingIp: true }],
    volumes: [],
  });
  await owner.regional('GRA11').floatingIps.detach(floating.floatingIp?.id ?? '');
  await run({
    name: 'web-9',
    networks: [{ network: network?.id, floatingIp: floating.floatingIp?.ip }],
    volumes: [],
  });
  project.fault({ method: 'POST', path: '/region/EU-WEST-PAR/volume', kind: 'reset-after' });
  await run({
    name: 'web-6',
    region: 'EU-WEST-PAR',
    availabilityZone: 'eu-west-par-b',
    volumes: [{ name: 'data', size: 20, type: 'classic' }],
  });
  await expect(run({ name: 'web-7', region: 'GRA12' })).rejects.toMatchObject({ type: 'PreflightFailed' });
  const toProvision = neededCalls
    .filter(({ by }) => by.includes('provision'))
    .map(({ method, path }) => ({ method, path: `/cloud/project/${projectId}${path}` }));
  const provisioned = stack.simulator.calls().slice(started);
  const inside = provisioned.filter(({ path }) => path.startsWith(project.path));
  expect(inside.filter((call) => !toProvision.some((rule) => fits(rule, call)))).toEqual([]);
  for (const [name, region] of [
    ['web-1', 'GRA11'],
    ['web-3', 'EU-WEST-PAR'],
    ['web-9', 'GRA11'],
    ['web-8', 'GRA11'],
  ] as const) {
    const ref = { project: project.alias, region, name };
    await (await stack.mooring.start('destroyNode', ref)).result();
  }

  const calls = stack.simulator.calls().slice(before);
  expect(calls.filter(({ status }) => status === 403)).toEqual([]);
  // Only the undo of a volume that was there before detaches, from an instance that stays.
  const inUndo = `/cloud/project/${projectId}/volume/*/detach`;
  const unused = rules.filter((rule) => !calls.some((call) => fits(rule, call)));
  expect(unused.map(({ path }) => path)).toEqual([inUndo]);
  await worker.stop();
});

/** Whether the rule was needed for the call: here a star is one name or id. */
function fits(rule: AccessRule, { method, path }: { method: string; path: string }): boolean {
  return method === rule.method && new RegExp(`${rule.path.replaceAll('*', '[^/]+')}$`).test(path);
}
