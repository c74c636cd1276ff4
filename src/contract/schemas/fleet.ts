import { z } from 'zod';
import { fieldsOf } from '../unknown.ts';
import type { CheckedFleet, CompleteDestroyFleet } from '../fleet.ts';
import { floatingNetwork, type CompleteNodeSpec } from '../node-spec.ts';
import { DEFAULT_PROJECT } from '../ref.ts';
import { nodeName, nodeSpecSchema, regionName } from './node-spec.ts';
import { destroySchema } from './requests.ts';
import { oneSentence, unknownKeys } from './sentences.ts';

const fleetName = nodeName
  .max(34, 'must have at most 34 characters, so that a number fits behind it')
  .describe('The nodes are called <name>-001 and so on');

const project = z
  .string()
  .regex(/^[a-z0-9-]{1,32}$/, 'must be 1 to 32 characters of a-z, 0-9 and -')
  .optional()
  .describe('Alias of an OVH project; default main');

const maximum = 10_000;

/** FleetSpec `mooring/v1`. `node` is checked as the NodeSpec of its first node. */
export const fleetSpecSchema = z
  .strictObject(
    {
      apiVersion: z.literal('mooring/v1', { error: 'must be "mooring/v1"' }).default('mooring/v1'),
      project,
      name: fleetName,
      count: z
        .int('must be a whole number of nodes')
        .min(1, 'must be at least 1')
        .max(maximum, `must be at most ${maximum}`)
        .describe('How many nodes'),
      node: z
        .looseObject({}, { error: 'is missing: say what each node is, as a NodeSpec without a name' })
        .describe('A NodeSpec without name; without region where the fleet has regions'),
      regions: z
        .array(regionName)
        .min(1, 'must name at least one region')
        .max(8, 'must name at most 8 regions')
        .optional()
        .describe('Instead of node.region: the next one is asked where stock or quota is missing'),
      maxConcurrent: z
        .int('must be a whole number of nodes')
        .min(1, 'must be at least 1')
        .max(1000, 'must be at most 1000')
        .default(100)
        .describe('How many nodes are worked on at the same time'),
      onPartialFailure: z
        .enum(['rollback', 'keep'], { error: 'must be "rollback" or "keep"' })
        .default('rollback')
        .describe('What happens to the nodes that this run made when fewer than minHealthy can be had'),
      minHealthy: z.int('must be a whole number of nodes').min(0).optional().describe('Default: all'),
    },
    { error: unknownKeys },
  )
  .transform(({ apiVersion: _apiVersion, node, regions, ...fleet }, context) => {
    const refuse = (path: string[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const { name, project: inNode, region, ...rest } = fieldsOf(node);
    if (name !== undefined)
      refuse(['node', 'name'], 'must be left out: the nodes are named after the fleet, web-001 and so on');
    if (inNode !== undefined && fleet.project !== undefined && inNode !== fleet.project)
      refuse(['node', 'project'], 'must be left out: the fleet says its project');
    if (regions !== undefined && region !== undefined)
      refuse(['node', 'region'], 'must be left out beside regions');
    if (regions !== undefined && new Set(regions).size < regions.length)
      refuse(['regions'], 'must differ from each other');
    if (fleet.minHealthy !== undefined && fleet.minHealthy > fleet.count)
      refuse(['minHealthy'], `must be at most ${fleet.count}, the count`);
    const alias = fleet.project ?? inNode ?? DEFAULT_PROJECT;
    const first = nodeSpecSchema.safeParse({
      ...rest,
      project: alias,
      region: regions?.[0] ?? region,
      name: 'first',
    });
    for (const { path, message } of first.error?.issues ?? []) refuse(['node', ...path.map(String)], message);
    if (!first.success) return z.NEVER;
    if (fleet.count > 1) {
      const { volumes, networks } = first.data;
      if (volumes.some(({ id }) => id !== null))
        refuse(['node', 'volumes'], 'must not hold a volume with an id: it cannot be attached to several nodes');
      if (networks.some((network) => 'ip' in network && network.ip !== undefined))
        refuse(['node', 'networks'], 'must not give an ip: several nodes cannot have the same');
      if (typeof floatingNetwork(networks)?.floatingIp === 'string')
        refuse(['node', 'networks'], 'must not name a floating IP: several nodes cannot have the same');
    }
    return {
      ...fleet,
      project: first.data.project,
      regions: regions ?? [first.data.region],
      minHealthy: fleet.minHealthy ?? fleet.count,
      // As it may be written again: what the client has checked, the worker checks once more.
      node: withoutIdentity(first.data),
    };
  })
  .describe('Many nodes of one kind');

export const destroyFleetSchema = z.strictObject(
  {
    project: z.string().regex(/^[a-z0-9-]{1,32}$/).default(DEFAULT_PROJECT),
    name: fleetName,
    region: regionName.optional().describe('Default: wherever its nodes stand'),
    beyond: z
      .int('must be a whole number of nodes')
      .min(0, 'must be at least 0')
      .optional()
      .describe('Only the nodes with a number above this one'),
    volumes: destroySchema.shape.volumes,
    ifBusy: destroySchema.shape.ifBusy,
  },
  { error: unknownKeys },
);

/** @throws Error whose message is one sentence with everything that is wrong. */
export function parseFleetSpec(input: unknown): CheckedFleet {
  const parsed = fleetSpecSchema.safeParse(input);
  if (!parsed.success) throw new Error(oneSentence(parsed.error, 'the fleet'));
  return parsed.data;
}

function withoutIdentity(spec: CompleteNodeSpec): CheckedFleet['node'] {
  const { name: _name, project: _project, region: _region, ...node } = spec;
  return node;
}

/** @throws Error whose message is one sentence with everything that is wrong. */
export function parseDestroyFleet(input: unknown): CompleteDestroyFleet {
  const parsed = destroyFleetSchema.safeParse(input);
  if (!parsed.success) throw new Error(oneSentence(parsed.error, 'the request'));
  return parsed.data;
}
