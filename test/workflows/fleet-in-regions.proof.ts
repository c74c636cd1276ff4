import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FleetSpec } from '../../src/contract/index.ts';
import { Stack } from '../support/stack.ts';

/* Fleets whose regions are down or full, or show less than stands in them: each node stands once, wherever. */

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.stop());

const provision = async (spec: FleetSpec) => (await stack.mooring.start('provisionFleet', spec)).result();
const five = ['web-001', 'web-002', 'web-003', 'web-004', 'web-005'];

describe('regions', () => {
  test.each([true, false])(
    'the next one is asked where one is down (it answers looks: %s)',
    async (reads) => {
      const project = stack.project();
      const { region: _region, ...node } = project.fleet().node;
      const becomes = async (body: object) =>
        fetch(`${new URL(stack.endpoint).origin}/_simulator/regions/SBG5/status`, {
          method: 'POST',
          body: JSON.stringify(body),
        });
      await becomes({ status: 'DOWN', reads });
      const { nodes } = await provision(project.fleet({ count: 2, regions: ['SBG5', 'GRA11'], node }));
      await becomes({ status: 'UP' });

      expect(project.nodeNames).toEqual(['web-001', 'web-002']);
      expect(nodes.map(({ region }) => region)).toEqual(['GRA11', 'GRA11']);
    },
  );

  test('the next one is asked where quota is missing; where a node stands it stays', async () => {
    const project = stack.project();
    const { region: _region, ...node } = project.fleet().node;
    project.fault({
      method: 'POST',
      path: '/instance',
      kind: 'status',
      status: 403,
      times: 2,
      message: 'Quota exceeded for instances',
    });
    const spec = project.fleet({ regions: ['GRA11', 'SBG5'], node });
    const { nodes } = await provision(spec);
    expect(project.nodeNames).toEqual(five);
    const regions = Object.fromEntries(nodes.map(({ name, region }) => [name, region]));
    expect(new Set(Object.values(regions))).toEqual(new Set(['GRA11', 'SBG5']));

    const again = await provision(spec);
    expect(Object.fromEntries(again.nodes.map(({ name, region }) => [name, region]))).toEqual(regions);
    expect(project.instances).toHaveLength(5);
  });

  test('a node stays in a region that the spec names no more', async () => {
    const project = stack.project();
    const { region: _region, ...node } = project.fleet().node;
    await provision(project.fleet({ count: 1, regions: ['SBG5'], node }));
    const { nodes } = await provision(project.fleet({ count: 2, regions: ['GRA11'], node }));
    expect(nodes).toMatchObject([
      { name: 'web-001', region: 'SBG5', outcome: 'adopted' },
      { name: 'web-002', region: 'GRA11', outcome: 'created' },
    ]);
    expect(project.nodeNames).toEqual(['web-001', 'web-002']);
  });

  test('a node that stands in two of them is for people to decide', async () => {
    const project = stack.project();
    const { node } = project.fleet();
    const one = { ...node, project: project.alias, name: 'web-001' };
    await (await stack.mooring.start('provisionNodeWithVolume', { ...one, region: 'GRA11' })).result();
    await (await stack.mooring.start('provisionNodeWithVolume', { ...one, region: 'SBG5' })).result();
    const before = project.snapshot();
    const { region: _region, ...anywhere } = node;
    const spec = project.fleet({ regions: ['GRA11', 'SBG5'], node: anywhere });
    await expect(provision(spec)).rejects.toMatchObject({
      type: 'NodeDiffers',
      message: expect.stringContaining('web-001 stands in GRA11 and in SBG5'),
    });
    expect(project.snapshot()).toBe(before);
  });
});

describe('a node that every list leaves out for a while', () => {
  const hidden = async () => {
    const project = stack.project();
    const spec = project.fleet({ count: 2 });
    const { region: _region, ...node } = { ...spec.node, volumes: [] };
    await provision({ ...spec, regions: ['GRA11'], node });
    project.fault({ method: 'GET', path: '/instance', kind: 'list-incomplete', times: 3 });
    return { project, spec: { ...spec, node } };
  };

  test('is destroyed with its fleet', async () => {
    const { project } = await hidden();
    const run = await stack.mooring.start('destroyFleet', { project: project.alias, name: 'web' });
    expect((await run.result()).nodes).toHaveLength(2);
    expect(project.instances).toEqual([]);
  });

  test('is not made again in another region', async () => {
    const { project, spec } = await hidden();
    const { nodes } = await provision({ ...spec, regions: ['SBG5'] });
    expect(nodes.map(({ region }) => region)).toEqual(['GRA11', 'GRA11']);
    expect(project.instances).toHaveLength(2);
  });

  test('nor is one that a fleet kept which failed', async () => {
    const project = stack.project();
    const { region: _region, ...node } = { ...project.fleet().node, volumes: [] };
    const spec = project.fleet({ count: 2, node, onPartialFailure: 'keep', maxConcurrent: 1 });
    project.fault({ method: 'POST', path: '/instance', kind: 'instance-error', after: 1, times: 1 });
    await expect(provision({ ...spec, regions: ['GRA11'] })).rejects.toMatchObject({
      type: 'FleetIncomplete',
    });
    project.fault({ method: 'GET', path: '/instance', kind: 'list-incomplete', times: 3 });
    const { nodes } = await provision({ ...spec, regions: ['SBG5'] });
    expect(nodes.map(({ region }) => region)).toEqual(['GRA11', 'SBG5']);
    expect(project.nodeNames).toEqual(['web-001', 'web-002']);
  });
});
