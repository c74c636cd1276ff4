import { z } from 'zod';
import {
  BOOT_VOLUME,
  VOLUME_TYPES,
  isReachedFromOutside,
  type CompleteNodeSpec,
  type CompleteVolumeSpec,
} from '../node-spec.ts';
import { DEFAULT_PROJECT } from '../ref.ts';
import { needsGuest, needsLogin } from '../guest.ts';
import { deploy, ready, ssh } from './deploy.ts';
import { duration } from './duration.ts';
import { oneSentence, unknownKeys } from './sentences.ts';

/** As much as OVH keeps of a name. What is longer can name nothing, and would only fill histories. */
const MAX_TEXT = 255;
const text = (error?: string) =>
  z.string(error).min(1, 'must not be empty').max(MAX_TEXT, `must have at most ${MAX_TEXT} characters`);

const alias = z
  .string()
  .regex(/^[a-z0-9-]{1,32}$/, 'must be 1 to 32 characters of a-z, 0-9 and -')
  .default(DEFAULT_PROJECT)
  .describe('Alias of an OVH project; workers map it to a project id and credentials');

export const nodeName = z
  .string('is missing: give the node a name, such as "web-1"')
  .max(40, 'must have at most 40 characters')
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'must be lower-case letters, digits and -, not beginning or ending with -')
  .describe('The name of the node, unique per project and region');

export const regionName = z
  .string('is missing: name an OVH region, such as "GRA11"')
  .regex(/^[A-Za-z0-9-]{1,40}$/, 'must be the name of an OVH region, such as "GRA11"')
  .describe('OVH region');

const size = z
  .int('must be a whole number of GiB')
  .min(10, 'must be at least 10 GiB')
  .max(12_000, 'must be at most 12000 GiB')
  .describe('GiB');
const volumeType = z.enum(VOLUME_TYPES, { error: `must be one of ${VOLUME_TYPES.join(', ')}` });
const onDestroy = z.enum(['delete', 'keep'], { error: 'must be "delete" or "keep"' });
/** Letters, digits and dashes between dots. */
const HOST_NAME =
  /^[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)*$/;
const HOSTNAME = 'must be a host name, null (the name of the node) or false (leave it to OVH)';
const image = text('is missing: name an image, such as "Debian 12"');

/** They live in Temporal's memo, which every list of runs carries. */
const labels = z
  .record(
    z.string().max(63).regex(/^[a-zA-Z0-9]([-a-zA-Z0-9._/]*[a-zA-Z0-9])?$/),
    z.string('must be a string').max(255, 'must have at most 255 characters'),
    {
      error: ({ code }) =>
        code === 'invalid_key'
          ? 'is no name for a label: it must have 1 to 63 letters, digits, ".", "_", "/" or "-", and begin and end with a letter or digit'
          : undefined,
    },
  )
  .refine((labels) => Object.keys(labels).length <= 16, 'must be at most 16')
  .default({})
  .describe('At most 16; names of at most 63 letters, digits, ".", "_", "/" and "-"; values of at most 255 characters');

const bootVolume = z
  .strictObject(
    {
      size,
      type: volumeType.default('high-speed'),
      image: image.describe('Name or id; a name means the newest active image of that name'),
      onDestroy: onDestroy.default('delete'),
    },
    { error: unknownKeys },
  )
  .describe('Instead of an image: the instance boots from a volume that is made from one');

const volume = z
  .strictObject(
    {
      name: z
        .string('is missing: every volume needs a name')
        .regex(/^[a-z0-9-]{1,30}$/, 'must be 1 to 30 characters of a-z, 0-9 and -')
        .describe('Unique in the node: identity never depends on the position'),
      size: size.nullable().optional(),
      type: volumeType.nullable().optional().describe('high-speed, unless said otherwise'),
      fromSnapshot: text().nullable().default(null).describe('Name or id of a volume snapshot'),
      id: text().nullable().default(null).describe('A volume that exists: attached only, never deleted'),
      onDestroy: onDestroy.optional().describe('delete, unless said otherwise'),
    },
    { error: unknownKeys },
  )
  .transform(({ id, size, type, fromSnapshot, onDestroy, ...rest }, context): CompleteVolumeSpec => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (id === null) {
      if (size == null) refuse('size', 'is missing: say how many GiB');
      return {
        ...rest,
        size: size ?? 0,
        type: type ?? 'high-speed',
        fromSnapshot,
        id,
        onDestroy: onDestroy ?? 'delete',
      };
    }
    if (size != null) refuse('size', 'belongs to a new volume; one with an id is as large as it is');
    if (type != null) refuse('type', 'belongs to a new volume; one with an id has its own');
    if (fromSnapshot !== null) refuse('fromSnapshot', 'belongs to a new volume; one with an id exists already');
    if (onDestroy === 'delete') refuse('onDestroy', 'cannot be "delete": a volume with an id is never deleted');
    return { ...rest, size: null, type: null, fromSnapshot: null, id, onDestroy: 'keep' };
  })
  .describe('A data volume: created, or with an id only attached');

const FLOATING_IP = 'true (one is made), or the IPv4 address of one that is there; left out, there is none';

const network = z.union(
  [
    z.strictObject({ public: z.literal(true) }),
    z.strictObject({
      network: text().describe('Name or id of a private network'),
      subnet: text().nullable().optional().describe('Id or CIDR of a subnet of it'),
      ip: z.union([z.ipv4(), z.ipv6()]).optional(),
      floatingIp: z
        .union([z.literal(true), z.ipv4({ error: `must be ${FLOATING_IP}` })])
        .optional()
        .describe('true: made for the node, and ends with it; an address: one that is there already, only tied to it'),
    }),
  ],
  {
    error: ({ errors }) =>
      errors.flat().some(({ path: [key] }) => key === 'floatingIp') ? `must have as "floatingIp" ${FLOATING_IP}` :
      'must be {"public": true} or {"network": name or id, "subnet"?: id or CIDR, "ip"?: address, "floatingIp"?: true or address}',
  },
);

/** NodeSpec `mooring/v1`: refuses unknown keys and what is not built yet, writes every default. */
export const nodeSpecSchema = z
  .strictObject(
    {
      apiVersion: z.literal('mooring/v1', { error: 'must be "mooring/v1"' }).default('mooring/v1'),
      project: alias,
      name: nodeName,
      region: regionName,
      availabilityZone: text()
        .nullable()
        .default(null)
        .describe('Needed in regions of several zones'),
      flavor: text('is missing: name a flavor, such as "b3-8"').describe('Name or id'),
      image: image
        .nullable()
        .default(null)
        .describe('Name or id; a name means the newest active image of that name'),
      bootVolume: bootVolume.nullable().default(null),
      sshKey: text().nullable().default(null).describe('Name of a key that the project has'),
      hostname: z
        .union([z.string().max(253, HOSTNAME).regex(HOST_NAME, HOSTNAME), z.literal(false), z.null()], {
          error: HOSTNAME,
        })
        .default(null),
      userData: z.string().max(49_149, 'must have at most 49149 bytes').nullable().default(null).describe('cloud-init'),
      userDataFrom: z
        .string()
        .max(MAX_TEXT, `must have at most ${MAX_TEXT} characters`)
        .regex(/^(file:[^/\\][^\\]*|env:[A-Za-z_][A-Za-z0-9_]*)$/, 'must be such as "file:web.yaml" or "env:WEB_USER_DATA"')
        .nullable()
        .default(null)
        .describe('Instead of userData: read by the worker, which must allow it'),
      networks: z
        .array(network)
        .min(1, 'must name at least one network')
        .max(8, 'must name at most 8 networks')
        .refine(
          (networks) => networks.filter((each) => 'floatingIp' in each && each.floatingIp !== undefined).length < 2,
          'must give at most one network a "floatingIp"',
        )
        .refine(
          (networks) => !networks.some((each) => 'floatingIp' in each && each.ip?.includes(':')),
          'must not give a "floatingIp" to an IPv6 "ip": it comes in at an IPv4 address',
        )
        .default([{ public: true }]),
      volumes: z
        .array(volume)
        .max(20, 'must be at most 20 volumes')
        .superRefine((volumes, context) => {
          const names = volumes.map(({ name }) => name);
          for (const name of new Set(names.filter((name, index) => names.indexOf(name) !== index)))
            context.addIssue({ code: 'custom', message: `must differ in name: "${name}" is there more than once` });
        })
        // Temporal's HTTP API hands on an empty list as null.
        .nullable()
        .default([])
        .transform((volumes) => volumes ?? []),
      group: text().nullable().default(null).describe('Name or id of an instance group'),
      billing: z.enum(['hourly', 'monthly'], { error: 'must be "hourly" or "monthly"' }).default('hourly'),
      labels,
      ready,
      ssh,
      deploy,
      run: z
        .strictObject(
          {
            onFailure: z.enum(['rollback', 'keep'], { error: 'must be "rollback" or "keep"' }).default('rollback'),
            deadlines: z
              .strictObject(
                {
                  instance: duration.default('60m'),
                  volume: duration.default('30m'),
                  attach: duration.default('15m'),
                  ready: duration.default('30m'),
                },
                { error: unknownKeys },
              )
              .prefault({}),
          },
          { error: unknownKeys },
        )
        .prefault({}),
    },
    { error: unknownKeys },
  )
  // Said beside whatever else is wrong, so that nobody has to come back twice.
  .refine(({ image, bootVolume }) => image != null || bootVolume != null, {
    path: ['image'],
    error: 'is missing: name an image, such as "Debian 12", or a bootVolume',
    when: ({ value }) => typeof value === 'object' && value !== null,
  })
  .superRefine((spec, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: path.split('.'), message });
    if (spec.image !== null && spec.bootVolume !== null)
      refuse('image', 'must be left out beside bootVolume, which names an image of its own');
    if (spec.userData !== null && spec.userDataFrom !== null)
      refuse('userDataFrom', 'must be left out beside userData: give one of them');
    if (spec.bootVolume !== null && spec.volumes.some(({ name }) => name === BOOT_VOLUME))
      refuse(
        'volumes',
        `must not hold a volume called "${BOOT_VOLUME}" beside bootVolume, whose name that is`,
      );
    refuseUnreachable(spec, refuse);
  })
  .describe('What a user asks for: one instance and its data volumes');

/** What can be known beforehand of whether anybody gets into the guest. */
function refuseUnreachable(
  { ready, ssh, deploy, sshKey, networks }: Pick<CompleteNodeSpec, 'ready' | 'ssh' | 'deploy' | 'sshKey' | 'networks'>,
  refuse: (path: string, message: string) => void,
): void {
  if (!needsGuest(ready, deploy)) return;
  if (needsLogin(ready, deploy) && ssh.key === null && sshKey === null)
    refuse('ssh.key', 'is missing: name the private key of the worker that logs in, or an sshKey of the same name');
  if (ssh.address === 'public' && !isReachedFromOutside(networks))
    refuse('ssh.address', 'must be "private": the node has neither a public network nor a floating IP');
  if (ssh.address === 'private' && networks.every((network) => 'public' in network))
    refuse('ssh.address', 'must be "public": the node has no private network');
}

/**
 * Checks a spec and writes its defaults.
 * @throws Error whose message is one sentence with everything that is wrong.
 */
export function parseNodeSpec(input: unknown): CompleteNodeSpec {
  const parsed = nodeSpecSchema.safeParse(input);
  if (!parsed.success) throw new Error(oneSentence(parsed.error));
  return parsed.data;
}
