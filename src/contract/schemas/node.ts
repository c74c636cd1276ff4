import { z } from 'zod';
import type { InspectedNode } from '../node.ts';

/** A word of which there may be more some day: types name those of today, and no reader refuses another. */
const word = <Known extends string>(...known: Known[]) =>
  z.string().describe(`${known.join(', ')}; accept new words`) as unknown as z.ZodType<Known>;
const openString = (known: string) => z.string().describe(known);
const outcome = word('created', 'adopted');

const volume = z.looseObject({
  name: z.string(),
  id: z.string(),
  status: openString("OVH's own word, such as in-use"),
  size: z.int().describe('GiB'),
  type: z.string(),
  devicePath: z.string().nullable(),
  outcome,
});

/** Node `mooring/v1`. Programs that read it must accept new keys and new enum values, and so does this. */
export const nodeSchema: z.ZodType<InspectedNode> = z
  .looseObject({
    apiVersion: z.literal('mooring/v1'),
    project: z.string(),
    name: z.string(),
    region: z.string(),
    outcome: word('created', 'adopted', 'completed').nullable().describe('null: it was only looked at'),
    instance: z.looseObject({
      id: z.string(),
      name: openString('The name at OVH, which carries the mark'),
      status: openString("OVH's own word, such as ACTIVE"),
      flavor: z.string(),
      image: z.looseObject({ id: z.string(), name: z.string() }).nullable(),
      availabilityZone: z.string().nullable(),
      created: z.iso.datetime({ offset: true }),
      ipAddresses: z.array(
        z.looseObject({ ip: z.string(), version: z.int(), type: z.string(), networkId: z.string() }),
      ),
      outcome,
    }),
    addresses: z.looseObject({
      publicIpv4: z.string().nullable(),
      publicIpv6: z.string().nullable(),
      privateIpv4: z.string().nullable(),
      floatingIpv4: z.string().nullable(),
    }),
    floatingIp: z
      .looseObject({
        id: z.string(),
        ip: z.string(),
        privateIp: z.string(),
        own: z.boolean().nullable(),
        outcome,
      })
      .nullable()
      .describe('What comes in at a private address from outside; own: it ends with the node'),
    ssh: z
      .looseObject({
        user: z.string(),
        host: z.string(),
        port: z.int(),
        hostKeys: z.array(z.string()).describe('known_hosts lines without the host'),
      })
      .nullable(),
    cloudInit: word('done', 'degraded', 'error', 'disabled').nullable(),
    deploy: z
      .array(
        z.looseObject({
          name: z.string(),
          outcome: word('ran', 'already'),
          exitCode: z.int().nullable(),
          tookMs: z.number().nullable(),
          stdout: z.string().nullable(),
          stderr: z.string().nullable(),
        }),
      )
      .describe('What was done in the guest, in the order of the spec; the last 4 KiB of its output'),
    bootVolume: volume.nullable().describe('What the instance boots from; null: from an image'),
    volumes: z.array(volume).describe('In the order of the spec'),
    labels: z.record(z.string(), z.string()).nullable().describe('null: it was only looked at'),
    price: z.looseObject({ currency: z.string(), hour: z.number(), month: z.number() }).nullable(),
    timing: z
      .looseObject({ totalMs: z.number(), steps: z.record(z.string(), z.number()) })
      .nullable()
      .describe('Milliseconds'),
    run: z.looseObject({ workflowId: z.string(), runId: z.string() }).nullable(),
  })
  .describe('What stands at OVH after a provisioning');
