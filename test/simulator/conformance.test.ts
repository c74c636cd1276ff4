import { expect, test } from 'vitest';
import { operations } from '../../src/simulator/operations/index.ts';
import type { Parameter, Shape } from '../../src/simulator/http/parameters.ts';
import { contract, errorViolations, operationFor, violations } from './conformance.ts';
import { createBench, type Answer, type Bench } from './support.ts';

/** Does everything once, in varied states, and looks at everything before and after. */
async function session(bench: Bench): Promise<void> {
  const { ok, caller, clock } = bench;
  const look = async () => {
    for (const path of ['/instance', '/volume', '/sshkey', '/quota', '/flavor']) await ok('GET', path);
    const state = bench.simulator.state();
    for (const { id } of state.instances) await caller.project('GET', `/instance/${id}`);
    for (const { id } of state.volumes) await caller.project('GET', `/volume/${id}`);
  };
  await caller.call('GET', '/auth/time');
  await caller.call('POST', '/auth/credential', {
    accessRules: [{ method: 'GET', path: '/*' }],
    allowedIPs: null,
  });
  await caller.call('GET', '/auth/currentCredential');
  await caller.call('GET', '/auth/details');
  const [projectId] = (await caller.call('GET', '/cloud/project')).body;
  await caller.call('GET', `/cloud/project/${projectId}`);
  for (const region of await ok('GET', '/region')) await ok('GET', `/region/${region}`);
  const [flavor] = await ok('GET', '/flavor?region=SBG5');
  await ok('GET', `/flavor/${flavor.id}`);
  for (const image of await ok('GET', '/image?osType=linux')) await ok('GET', `/image/${image.id}`);
  await ok('GET', '/quota?categories=volume,keypair');
  await ok('GET', '/network/public');
  const [network] = await ok('GET', '/network/private');
  await ok('GET', `/network/private/${network.id}`);
  await ok('GET', `/network/private/${network.id}/subnet`);

  const key = await ok('POST', '/sshkey', {
    name: 'laptop',
    publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me',
  });
  await ok('GET', `/sshkey/${key.id}`);
  const networks = [{ networkId: network.regions[0].openstackId, ip: '10.42.0.9' }];
  const privateOne = await ok('POST', '/instance', await bench.wanted({ networks, sshKeyId: key.id }));
  await look();
  const instance = await bench.activeInstance({ sshKeyId: key.id, userData: '#cloud-config' });
  await ok('POST', '/instance', await bench.wanted({ availabilityZone: 'eu-west-par-b' }, 'EU-WEST-PAR'));
  await ok('PUT', `/instance/${instance.id}`, { instanceName: 'renamed' });
  await look();
  const volume = await ok('POST', '/volume', { region: 'GRA11', size: 10, type: 'high-speed', name: 'data' });
  await look();
  clock.advance(1000);
  await ok('PUT', `/volume/${volume.id}`, { name: 'renamed', description: 'text' });
  await ok('POST', `/volume/${volume.id}/attach`, { instanceId: instance.id });
  await look();
  clock.advance(800);
  await look();
  await ok('POST', `/volume/${volume.id}/upsize`, { size: 20 });
  await look();
  clock.advance(1000);
  await ok('POST', `/volume/${volume.id}/detach`, { instanceId: instance.id });
  await look();
  clock.advance(800);
  for (const act of [{ path: 'stop' }, { path: 'start' }, { path: 'reboot', body: { type: 'hard' } }]) {
    await ok('POST', `/instance/${instance.id}/${act.path}`, act.body);
    await look();
    clock.advance(1500);
    await look();
  }
  await ok('DELETE', `/sshkey/${key.id}`);
  await ok('DELETE', `/volume/${volume.id}`);
  await ok('DELETE', `/instance/${instance.id}`);
  await ok('DELETE', `/instance/${privateOne.id}`);
  await look();
  clock.advance(800);
  await look();
}

function recordViolations(bench: Bench, found: string[], covered: Set<string>) {
  bench.caller.onAnswer = (method, path, { status, body }: Answer) => {
    const operation = operationFor(method, path);
    const wrong =
      status === 200 ? violations(body, operation?.returns ?? 'unknown') : errorViolations(status, body);
    found.push(...wrong.map((sentence) => `${method} ${path}: ${sentence}`));
    if (status === 200 && operation) covered.add(`${method} ${operation.path}`);
  };
}

test('every answer of a session conforms to the contract, and the session knows every operation', async () => {
  const bench = createBench({ listLagMs: 500 });
  const found: string[] = [];
  const covered = new Set<string>();
  recordViolations(bench, found, covered);
  await session(bench);

  expect(found).toEqual([]);
  const served = operations.map(({ method, path }) => `${method} ${path}`);
  console.info(`conformance: ${covered.size} of ${served.length} operations covered`);
  expect([...covered].toSorted()).toEqual(served.toSorted());
});

test('the form of an instance without ids leaves out nothing but the ids', async () => {
  const bench = createBench({ switches: { instanceForm: 'embedded' } });
  const found: string[] = [];
  recordViolations(bench, found, new Set());
  await session(bench);

  const sentences = new Set(found.map((each) => each.replace(/^.*: answer/, '')));
  expect([...sentences].toSorted()).toEqual([
    '.flavorId is missing',
    '.imageId is missing',
    '.licensePlanCode is not in cloud.instance.Instance',
    '.sshKeyId is missing',
  ]);
});

test.each(operations)('$method $path takes the parameters of the contract', (operation) => {
  const published = contract.operations.find(
    ({ method, path }) => method === operation.method && path === operation.path,
  );
  expect(published?.auth).toBe(!operation.open);
  const parameters = (published?.params ?? []).filter((parameter) => parameter.in !== 'path');
  const query = parameters.filter((parameter) => parameter.in === 'query');
  expect(describeShape(operation.query)).toEqual(
    Object.fromEntries(query.map(({ name, type, required }) => [name, `${type}${required ? '' : '?'}`])),
  );
  const bodyType = parameters.find((parameter) => parameter.in === 'body')?.type;
  const properties = Object.entries(contract.models[bodyType ?? '']?.properties ?? {});
  expect(describeShape(operation.body)).toEqual(
    Object.fromEntries(
      properties.map(([name, { type, required }]) => [name, `${type}${required ? '' : '?'}`]),
    ),
  );
});

function describeShape(shape: Shape) {
  const entries = Object.entries<Parameter<unknown>>(shape);
  return Object.fromEntries(
    entries.map(([name, { type, required }]) => [name, `${type}${required ? '' : '?'}`]),
  );
}
