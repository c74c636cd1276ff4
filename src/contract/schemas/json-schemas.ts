import { z } from 'zod';
import { fieldsOf } from '../unknown.ts';
import { destroyFleetSchema, fleetSpecSchema } from './fleet.ts';
import { nodeSpecSchema } from './node-spec.ts';
import { nodeSchema } from './node.ts';
import { deploySchema, destroySchema, refSchema } from './requests.ts';
import type { PublishedInput } from './workflow-types.ts';

const nodeSpec = z.toJSONSchema(nodeSpecSchema, { io: 'input', unrepresentable: 'any' });

/** The published JSON Schemas, by file name in `schemas/`. What goes in is described as it may be written. */
export const jsonSchemas = {
  'node-spec.v1.json': nodeSpec,
  'node.v1.json': z.toJSONSchema(nodeSchema, { unrepresentable: 'any' }),
  'ref.v1.json': z.toJSONSchema(refSchema, { io: 'input' }),
  'destroy.v1.json': z.toJSONSchema(destroySchema, { io: 'input' }),
  'deploy.v1.json': z.toJSONSchema(deploySchema, { io: 'input', unrepresentable: 'any' }),
  'fleet-spec.v1.json': fleetSpec(),
  'destroy-fleet.v1.json': z.toJSONSchema(destroyFleetSchema, { io: 'input' }),
} satisfies Record<PublishedInput | 'node.v1.json', object>;

/** The code checks `node` as a NodeSpec; here it is written out, less what the fleet says for all its nodes. */
function fleetSpec(): object {
  const fleet = z.toJSONSchema(fleetSpecSchema, { io: 'input' });
  const { name: _name, ...properties } = nodeSpec.properties ?? {};
  const required = nodeSpec.required?.filter((key) => key !== 'name' && key !== 'region');
  const node = { ...fieldsOf(fleet.properties?.['node']), properties, required, additionalProperties: false };
  return { ...fleet, properties: { ...fleet.properties, node } };
}
