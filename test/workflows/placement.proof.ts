import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { NodeSpec } from '../../src/contract/index.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import type { Fault } from '../../src/simulator/index.ts';
import { during, until } from '../support/until.ts';

/* Where an instance goes, what it is told, and what it costs. */

const directory = await mkdtemp(join(tmpdir(), 'mooring-'));
let stack: Stack;
beforeAll(async () => {
  await mkdir(join(directory, 'allowed'));
  vi.stubEnv('WEB_USER_DATA', '#cloud-config\npackages: [nginx]\n');
  stack = await Stack.start({
    userData: { directory: join(directory, 'allowed'), variables: ['WEB_USER_DATA', 'UNSET_USER_DATA'] },
  });
});
afterAll(async () => {
  await stack.stop();
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

const provision = (project: TestProject, overrides: Partial<NodeSpec> = {}) =>
  stack.mooring.start('provisionNodeWithVolume', project.spec({ volumes: [], ...overrides }));

describe.concurrent('an instance group', () => {
  test.concurrent('takes the instance, by name and by id', async () => {
    const project = stack.project();
    const group = await project.somebody.instanceGroups.create({
      name: 'apart',
      region: 'GRA11',
      type: 'anti-affinity',
    });
    const byName = await (await provision(project, { group: 'apart' })).result();
    const byId = await (await provision(project, { name: 'web-2', group: group.id })).result();

    const { instanceIds } = await project.somebody.instanceGroups.get(group.id);
    expect(instanceIds.toSorted()).toEqual([byName.instance.id, byId.instance.id].toSorted());
  });

  test.concurrent('that does not exist is refused before anything is made', async () => {
    const project = stack.project();
    await expect((await provision(project, { group: 'apart' })).result()).rejects.toMatchObject({
      type: 'PreflightFailed',
      message: 'instance group "apart" is not in GRA11; it has none',
    });
    expect(project.changes).toEqual([]);
  });
});

describe.concurrent('a subnet', () => {
  /** Two subnets in one network; OVH would choose the first. */
  async function twoSubnets(project: TestProject) {
    const { networks } = project.somebody;
    const created = await networks.create({ name: 'backend', vlanId: 7, regions: ['GRA11'] });
    await until(
      async () => networks.get(created.id),
      ({ regions }) => regions.every(({ status }) => status === 'ACTIVE'),
    );
    const range = (third: number) => ({
      network: `10.7.${third}.0/24`,
      start: `10.7.${third}.10`,
      end: `10.7.${third}.200`,
      region: 'GRA11',
      dhcp: true,
      noGateway: false,
    });
    await networks.createSubnet(created.id, range(1));
    return networks.createSubnet(created.id, range(2));
  }

  test.concurrent('gives the instance its address, by id and by CIDR', async () => {
    const project = stack.project();
    const subnet = await twoSubnets(project);
    const byId = await (
      await provision(project, { networks: [{ network: 'backend', subnet: subnet.id }] })
    ).result();
    const networks = [{ network: 'backend', subnet: '10.7.2.0/24' }];
    const byCidr = await (await provision(project, { name: 'web-2', networks })).result();

    for (const node of [byId, byCidr]) expect(node.addresses.privateIpv4).toMatch(/^10\.7\.2\.\d+$/);
    expect(project.instances).toHaveLength(2);
    expect(await (await provision(project, { name: 'web-2', networks })).result()).toMatchObject({
      outcome: 'adopted',
    });
  });

  test.concurrent.each([['reset-before'], ['reset-after'], ['malformed']] as const)(
    'an answer that is lost (%s) makes one instance',
    async (kind) => {
      const project = stack.project();
      await twoSubnets(project);
      project.fault({ kind, method: 'POST', path: '/region/*/instance', times: 1 });
      const node = await (
        await provision(project, { networks: [{ network: 'backend', subnet: '10.7.2.0/24' }] })
      ).result();
      expect(project.instances.map(({ id }) => id)).toEqual([node.instance.id]);
    },
  );

  test.concurrent('is also met by an address of it, among several networks', async () => {
    const project = stack.project();
    await twoSubnets(project);
    const networks = [
      { public: true as const },
      { network: 'backend', subnet: '10.7.2.0/24', ip: '10.7.2.77' },
    ];
    const node = await (await provision(project, { networks })).result();
    expect(node.addresses).toMatchObject({ privateIpv4: '10.7.2.77', publicIpv4: expect.any(String) });
  });

  test.concurrent.each([
    [
      'that is not there',
      [{ network: 'backend', subnet: '10.9.0.0/24' }],
      'subnet "10.9.0.0/24" is not in network "backend" in GRA11; it has 10.7.1.0/24, 10.7.2.0/24',
    ],
    [
      'with an address of another',
      [{ network: 'backend', subnet: '10.7.2.0/24', ip: '10.7.1.20' }],
      '10.7.1.20 is not an address of subnet 10.7.2.0/24',
    ],
    [
      'beside another network',
      [{ public: true as const }, { network: 'backend', subnet: '10.7.2.0/24' }],
      'give an "ip" of subnet 10.7.2.0/24 instead',
    ],
  ])('%s is refused before anything is made', async (_, networks, sentence) => {
    const project = stack.project();
    await twoSubnets(project);
    const before = project.changes.length;
    await expect((await provision(project, { networks })).result()).rejects.toMatchObject({
      type: 'PreflightFailed',
      message: expect.stringContaining(sentence),
    });
    expect(project.changes).toHaveLength(before);
  });
});

describe.concurrent('user data that the worker reads', () => {
  test.concurrent('from a file, and from a variable', async () => {
    await writeFile(join(directory, 'allowed', 'web.yaml'), '#cloud-config\npackages: [caddy]\n');
    const project = stack.project();
    await (await provision(project, { userDataFrom: 'file:web.yaml' })).result();
    await (await provision(project, { name: 'web-2', userDataFrom: 'env:WEB_USER_DATA' })).result();

    const [file, variable] = project.instances.map(({ userData }) => userData);
    expect(file).toContain('packages: [caddy]');
    expect(variable).toContain('packages: [nginx]');
  });

  /** A run of which OVH's first answer is lost, and whose file is gone by the time it is asked again. */
  async function withoutFileAfterPost(fault: Pick<Fault, 'kind' | 'status'>) {
    const file = join(directory, 'allowed', `${fault.kind}.yaml`);
    await writeFile(file, '#cloud-config\npackages: [caddy]\n');
    const project = stack.project();
    project.fault({ ...fault, method: 'POST', path: '/instance', times: 1 });
    const run = await provision(project, { userDataFrom: `file:${fault.kind}.yaml` });
    await during(run, () => project.changes.includes('POST /instance'));
    await rm(file);
    return { project, run };
  }

  test.concurrent(
    'from a file that is gone when a lost answer is looked for makes one instance',
    async () => {
      const { project, run } = await withoutFileAfterPost({ kind: 'reset-after' });
      const node = await run.result();
      expect(project.instances.map(({ id }) => id)).toEqual([node.instance.id]);
      expect(node.outcome).toBe('created');
    },
  );

  test.concurrent(
    'from a file that is gone when OVH is asked again is waited for, and fails no node',
    async () => {
      const { project, run } = await withoutFileAfterPost({ kind: 'status', status: 500 });
      const { steps } = await during(
        run,
        () => run.progress(),
        (seen) => seen.steps.some(({ message }) => message?.includes('once that is mended') ?? false),
      );
      expect(steps.at(-1)).toMatchObject({ step: 'create-instance', state: 'retrying' });
      await run.cancel();
      await expect(run.result()).rejects.toMatchObject({ type: 'Cancelled', details: { left: [] } });
      expect(project.instances).toEqual([]);
    },
  );

  test.concurrent.each([
    ['a file outside', 'file:../secret', 'MOORING_USER_DATA_DIR has no such file'],
    ['a link that leads outside', 'file:link', 'MOORING_USER_DATA_DIR has no such file'],
    ['no file', 'file:none.yaml', 'MOORING_USER_DATA_DIR has no such file'],
    ['a variable that is not allowed', 'env:HOME', 'add it to MOORING_USER_DATA_ENV'],
    ['a variable that is not set', 'env:UNSET_USER_DATA', 'the variable is not set'],
  ])('%s is refused before anything is made', async (_, userDataFrom, sentence) => {
    await writeFile(join(directory, 'secret'), 'secret');
    await symlink(join(directory, 'secret'), join(directory, 'allowed', 'link')).catch(() => undefined);
    const project = stack.project();
    await expect((await provision(project, { userDataFrom })).result()).rejects.toMatchObject({
      type: 'PreflightFailed',
      message: expect.stringContaining(sentence),
    });
    expect(project.changes).toEqual([]);
  });
});

describe.concurrent('the price', () => {
  test.concurrent('is that of the instance and its volumes', async () => {
    const project = stack.project();
    const bare = await (await provision(project)).result();
    const full = await (
      await provision(project, { name: 'web-2', volumes: [{ name: 'data', size: 100 }] })
    ).result();

    expect(bare.price).toMatchObject({ currency: 'EUR', hour: expect.any(Number) });
    expect(bare.price?.hour).toBeGreaterThan(0);
    expect(full.price?.hour).toBeGreaterThan(bare.price?.hour ?? Number.NaN);
    expect(bare.price?.month).toBeCloseTo((bare.price?.hour ?? 0) * 730, 1);
  });

  test.concurrent('is null when the catalogue does not answer, and the node is built', async () => {
    const silent = await Stack.start();
    const project = silent.project();
    silent.simulator.addFault({ kind: 'status', status: 503, path: '/order/**', times: 99 });
    const node = await (await silent.mooring.start('provisionNodeWithVolume', project.spec())).result();
    await silent.stop();
    expect(node.price).toBeNull();
    expect(project.instances).toHaveLength(1);
  });
});
