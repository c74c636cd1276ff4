import { expect, test } from 'vitest';
import { createBench } from './support.ts';

test.each([
  ['win-prefix', ['b3-8 linux', 'win-b3-8 windows']],
  ['shared', ['b3-8 linux', 'b3-8 windows']],
] as const)(
  'has every size for Linux, and then for Windows: flavorNames=%s',
  async (flavorNames, expected) => {
    const { ok } = createBench({ switches: { flavorNames } });
    const gra = await ok('GET', '/flavor?region=GRA11');
    const shown = gra.map(({ name, osType }: any) => `${name} ${osType}`);
    expect(shown.filter((each: string) => each.includes('b3-8'))).toEqual(expected);
  },
);

test('does not sell everything in SBG5', async () => {
  const { ok } = createBench();
  const sbg = (await ok('GET', '/flavor?region=SBG5')).map((each: any) => each.name);
  expect(sbg).not.toContain('c3-8');
  expect(sbg).toContain('b3-8');
});

test('gives every simulator the same ids, and every region its own', async () => {
  const [one, other] = [createBench({ seed: 1 }), createBench({ seed: 2 })];
  for (const path of ['/flavor', '/image']) {
    const ids = async ({ ok }: typeof one) => (await ok('GET', path)).map((each: any) => each.id);
    expect(await ids(one)).toEqual(await ids(other));
    expect(new Set(await ids(one)).size).toBe((await ids(one)).length);
  }
});

test('has Debian 12 three times in GRA11: an older one, the one to take, and a newer one that is withdrawn', async () => {
  const { ok } = createBench();
  const found = (await ok('GET', '/image?region=GRA11')).filter((each: any) => each.name === 'Debian 12');
  const byDate = found.toSorted((one: any, two: any) => (one.creationDate < two.creationDate ? -1 : 1));
  expect(byDate.map((each: any) => each.status)).toEqual(['active', 'active', 'deactivated']);
});

test('counts down the quota of a flavor', async () => {
  const { ok, activeInstance } = createBench({ quota: { maxCores: 5 } });
  const { flavorId } = await activeInstance();
  expect(await ok('GET', `/flavor/${flavorId}`)).toMatchObject({ vcpus: 2, available: true, quota: 1 });
  const [gra] = await ok('GET', '/quota');
  expect(gra).toMatchObject({
    region: 'GRA11',
    instance: { usedInstances: 1, usedCores: 2, usedRAM: 8192, maxCores: 5 },
  });
});

test('an SSH key has the id that its name says, and its name once', async () => {
  const { ok, caller, control } = createBench();
  const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me@example';
  const key = await ok('POST', '/sshkey', { name: 'testkey', publicKey, region: 'GRA11' });
  expect(key).toMatchObject({ id: '6447567a6447746c65513d3d', regions: ['GRA11'] });
  const again = { name: 'testkey', publicKey, region: 'GRA11' };
  expect((await caller.project('POST', '/sshkey', again)).status).toBe(409);
  expect(await ok('POST', '/sshkey', { ...again, region: 'SBG5' })).toMatchObject({
    regions: ['GRA11', 'SBG5'],
  });
  await control('POST', '/switches', { sshKeyAgain: 'ok' });
  expect((await caller.project('POST', '/sshkey', again)).status).toBe(200);
  expect((await caller.project('POST', '/sshkey', { name: 'other', publicKey: 'no key' })).status).toBe(400);
  await ok('DELETE', `/sshkey/${key.id}`);
  expect((await caller.project('GET', `/sshkey/${key.id}`)).status).toBe(404);
});
