import { z } from 'zod';
import { nodeSpecSchema } from './node-spec.ts';
import { nodeSchema } from './node.ts';
import { destroySchema, refSchema } from './requests.ts';

/** The published JSON Schemas, by file name in `schemas/`. What goes in is described as it may be written. */
export const jsonSchemas: Record<string, object> = {
  'node-spec.v1.json': z.toJSONSchema(nodeSpecSchema, { io: 'input', unrepresentable: 'any' }),
  'node.v1.json': z.toJSONSchema(nodeSchema, { unrepresentable: 'any' }),
  'ref.v1.json': z.toJSONSchema(refSchema, { io: 'input' }),
  'destroy.v1.json': z.toJSONSchema(destroySchema, { io: 'input' }),
};
