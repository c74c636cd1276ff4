import { z } from 'zod';
import type { CompleteNodeSpec } from '../node-spec.ts';
import { DEFAULT_PROJECT, type CompleteRef } from '../ref.ts';
import type { CompleteDeployInput, CompleteList, CompleteReap, DestroyInput, ReapNodeInput } from '../workflows.ts';
import { deploySteps, runsAs, ssh } from './deploy.ts';
import { duration } from './duration.ts';
import { nodeName, nodeSpecSchema, parseNodeSpec, regionName } from './node-spec.ts';
import { oneSentence, unknownKeys } from './sentences.ts';

const refShape = {
  project: nodeSpecSchema.shape.project,
  region: regionName,
  name: nodeName,
} as const;

const id = z.string().min(1, 'must not be empty').max(255, 'must have at most 255 characters');
/** A node has at most an instance, 21 volumes and what failures left beside them. */
const MAX_IDS = 1000;

export const refSchema = z.strictObject(refShape, { error: unknownKeys });

export const destroySchema = z.strictObject(
  {
    ...refShape,
    volumes: z
      .enum(['spec', 'delete', 'keep'], { error: 'must be "spec", "delete" or "keep"' })
      .default('spec')
      .describe('spec: what each volume says of itself'),
    ifBusy: z
      .enum(['cancel', 'wait', 'fail'], { error: 'must be "cancel", "wait" or "fail"' })
      .default('cancel')
      .describe('What to do about an operation that runs'),
    ifInstanceId: id.optional(),
    only: z.array(id).max(MAX_IDS, `must be at most ${MAX_IDS}`).optional().describe('Deletes only those of its things that have one of these ids'),
    madeBy: z.array(id).max(MAX_IDS, `must be at most ${MAX_IDS}`).optional().describe('Deletes only what these runs have made, by their run ids, and that no success of another run names'),
  },
  { error: unknownKeys },
);

export const deploySchema = z.strictObject(
  {
    ...refShape,
    steps: deploySteps.describe('Run once in the guest, in this order'),
    ssh,
    as: runsAs,
    again: z
      .string()
      .min(1, 'must not be empty')
      .max(255, 'must have at most 255 characters')
      .nullable()
      .default(null)
      .describe('What ran before is not run again, unless this is another word than it was then'),
    ifInstanceId: id.optional().describe("Only if the node's instance has this id"),
  },
  { error: unknownKeys },
);

const listSchema = z.strictObject(
  { project: nodeSpecSchema.shape.project.default(DEFAULT_PROJECT), region: regionName.optional() },
  { error: unknownKeys },
);

const reapSchema = z.strictObject(
  {
    project: nodeSpecSchema.shape.project,
    apply: z.boolean('must be true or false').default(false),
    olderThan: duration.default('10m'),
  },
  { error: unknownKeys },
);

const reapNodeSchema = z.strictObject(
  { ...refShape, ids: z.array(id).max(MAX_IDS, `must be at most ${MAX_IDS}`), olderThan: duration },
  { error: unknownKeys },
);

/** @throws Error whose message is one sentence with everything that is wrong. */
function parseRequest<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw new Error(oneSentence(parsed.error, 'the request'));
  return parsed.data;
}

export const parseRef = (input: unknown): CompleteRef => parseRequest(refSchema, input);
export const parseDestroy = (input: unknown): DestroyInput & CompleteRef => parseRequest(destroySchema, input);
export const parseList = (input: unknown): CompleteList => parseRequest(listSchema, input ?? {});
export const parseReap = (input: unknown): CompleteReap => parseRequest(reapSchema, input ?? {});
export const parseReapNode = (input: unknown): ReapNodeInput & CompleteRef =>
  parseRequest(reapNodeSchema, input);

/** @throws Error whose message is one sentence with everything that is wrong. */
export function parseDeploy(input: unknown): CompleteDeployInput {
  const request = parseRequest(deploySchema, input);
  if (request.steps.length === 0) throw new Error('steps is missing: say what shall run in the guest');
  return request;
}

/** A node, or a spec that it is compared with: what has a flavor is meant as a spec. */
export function parseInspect(input: unknown): CompleteRef | CompleteNodeSpec {
  const isSpec = typeof input === 'object' && input !== null && 'flavor' in input;
  return isSpec ? parseNodeSpec(input) : parseRef(input);
}
