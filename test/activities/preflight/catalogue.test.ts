import { expect, test } from 'vitest';
import { Catalogue } from '../../../src/activities/preflight/catalogue.ts';
import { findImage } from '../../../src/activities/preflight/pick-image.ts';
import { Ovh, OvhSchemaError } from '../../../src/ovh/index.ts';
import { createSimulator } from '../../../src/simulator/index.ts';

function setUp() {
  const simulator = createSimulator();
  const { first } = simulator;
  const ovh = new Ovh({
    endpoint: 'https://ovh.test/1.0',
    credentials: first,
    fetch: async (input, init) => simulator.fetch(new Request(input, init)),
  });
  const project = ovh.project(first.projectId);
  const catalogue = new Catalogue(project, (options) => ovh.prices('FR', options));
  const control = async (path: string, body: object) =>
    simulator.fetch(
      new Request(`https://ovh.test/_simulator${path}`, { method: 'POST', body: JSON.stringify(body) }),
    );
  const debian = async () => findImage(await catalogue.images('GRA11'), 'Debian 12')?.id ?? '';
  const order = async (imageId: string) => {
    const flavor = (await catalogue.flavors('GRA11')).find((each) => each.osType === 'linux');
    const request = { name: 'n', region: 'GRA11', flavorId: flavor?.id ?? '', imageId };
    return catalogue.ordering(() => project.instances.create(request));
  };
  const looks = () => simulator.calls().filter(({ path }) => path.endsWith('/image')).length;
  return { simulator, catalogue, control, debian, order, looks };
}

test('an image that was published anew is forgotten as soon as OVH refuses it', async () => {
  const { control, debian, order } = setUp();
  const old = await debian();
  await control('/images', { name: 'Debian 12' });
  expect(await debian()).toBe(old);
  await expect(order(old)).rejects.toMatchObject({ status: 404 });
  expect(await debian()).not.toBe(old);
  await expect(order(await debian())).resolves.toMatchObject({ status: 'BUILD' });
});

test('many who are refused at once ask once', async () => {
  const { control, debian, order, looks } = setUp();
  const old = await debian();
  await control('/images', { name: 'Debian 12' });
  await Promise.all(
    Array.from({ length: 30 }, async () => {
      await expect(order(old)).rejects.toMatchObject({ status: 404 });
      await debian();
    }),
  );
  expect(looks()).toBe(2);
});

test('what says nothing of the catalogue leaves it as it is', async () => {
  const { simulator, debian, order, looks } = setUp();
  const image = await debian();
  simulator.addFault({ kind: 'status', method: 'POST', status: 500 });
  await expect(order(image)).rejects.toMatchObject({ status: 500 });
  await order(image);
  await debian();
  expect(looks()).toBe(1);
});

test('an empty list of what OVH sells is no answer', async () => {
  const { simulator, catalogue, debian } = setUp();
  simulator.addFault({ kind: 'list-incomplete', times: 2 });
  await expect(catalogue.images('GRA11')).rejects.toBeInstanceOf(OvhSchemaError);
  await expect(catalogue.flavors('GRA11')).rejects.toThrow('an empty list');
  await expect(debian()).resolves.not.toBe('');
});
