import {
  BOOT_VOLUME,
  floatingNetwork,
  type Baseline,
  type CheckedSpec,
  type Difference,
  type InstanceStatus,
  type VolumeStatus,
} from '../../contract/index.ts';
import type { Network } from '../../ovh/index.ts';

/** What of a node was seen. */
export type Stands = Pick<Baseline, 'instances' | 'volumes'>;

/** States in which an instance is, or will be, what was asked for. Everything nobody has heard of is on its way. */
const UNUSABLE = new Set([
  'ERROR',
  'SHUTOFF',
  'STOPPED',
  'PAUSED',
  'SUSPENDED',
  'SHELVED',
  'SHELVED_OFFLOADED',
]);

/**
 * Where what exists is not what was asked for: flavor, zone, networks, each volume's size and type, and that it shall be kept.
 * Not the image (images are republished under new ids), not user data, not keys: those only speak at creation.
 */
export function differencesOf(spec: CheckedSpec, baseline: Stands, networks: Network[]): Difference[] {
  const { instances } = baseline;
  const [instance, ...more] = instances;
  return [
    ...duplicates('instance', instances),
    ...(instance && more.length === 0 ? instanceDifferences(spec, instance, networks) : []),
    ...bootDifferences(spec, baseline),
    ...spec.volumes.flatMap((wanted) =>
      // One with an id is as it is, unless a volume of the node's own has its name.
      volumeDifferences(`volumes.${wanted.name}`, wanted, spec.availabilityZone, baseline),
    ),
  ];
}

function bootDifferences({ bootVolume, availabilityZone }: CheckedSpec, baseline: Stands): Difference[] {
  if (!bootVolume) return [];
  const isThere = baseline.volumes.some(({ volume }) => volume === BOOT_VOLUME);
  if (!isThere && baseline.instances.length > 0) return differs('bootVolume', 'there', 'absent');
  const wanted = { ...bootVolume, name: BOOT_VOLUME, id: null };
  return volumeDifferences('bootVolume', wanted, availabilityZone, baseline);
}

function volumeDifferences(
  field: string,
  {
    name,
    id,
    size,
    type,
    onDestroy,
  }: Pick<CheckedSpec['volumes'][number], 'name' | 'id' | 'size' | 'type' | 'onDestroy'>,
  zone: string | null,
  { instances, volumes }: Stands,
): Difference[] {
  const [volume, ...twins] = volumes.filter((candidate) => candidate.volume === name);
  if (!volume) return [];
  if (twins.length > 0) return duplicates(field, [volume, ...twins]);
  if (id !== null) return differs(`${field}.id`, id, volume.id);
  return [
    ...differs(`${field}.size`, `${size} GiB`, `${volume.size} GiB`),
    ...(type === null ? [] : differs(`${field}.type`, type, volume.type)),
    // A destroy goes by what is written on the volume. Where that keeps more than the spec says, nothing is lost.
    ...(onDestroy === 'keep' ? differs(`${field}.onDestroy`, onDestroy, volume.onDestroy) : []),
    ...inZone(`${field}.availabilityZone`, zone, volume),
    ...usable(field, volume, instances[0]),
  ];
}

/** Where the spec names no zone, or OVH tells none, there is nothing to compare. */
function inZone(
  field: string,
  wanted: string | null,
  { availabilityZone }: { availabilityZone: string | null },
): Difference[] {
  if (wanted === null || availabilityZone === null) return [];
  return differs(field, wanted, availabilityZone);
}

/** `flavor is b3-16, not b3-8; volumes.data.size is 40 GiB, not 20 GiB`. */
export function differencesSentence(differences: Difference[]): string {
  return differences.map(({ field, wanted, actual }) => `${field} is ${actual}, not ${wanted}`).join('; ');
}

function instanceDifferences(spec: CheckedSpec, instance: InstanceStatus, networks: Network[]): Difference[] {
  return [
    ...(spec.flavor === instance.flavorId ? [] : differs('flavor', spec.flavor, instance.flavor)),
    ...inZone('availabilityZone', spec.availabilityZone, instance),
    ...(UNUSABLE.has(instance.status) ? differs('instance.status', 'ACTIVE', instance.status) : []),
    // Before it has an address nobody can tell which networks it is in.
    ...(instance.ipAddresses.length > 0 ? networkDifferences(spec, instance, networks) : []),
  ];
}

function networkDifferences(
  spec: CheckedSpec,
  { ipAddresses, floatingIp }: InstanceStatus,
  networks: Network[],
): Difference[] {
  const actual = ipAddresses
    .filter(({ ip }) => ip !== floatingIp?.ip)
    .map(({ type, networkId }) => (type === 'public' ? 'public' : networkId));
  const wanted = spec.networks.map((network) =>
    'public' in network
      ? 'public'
      : (privateNetwork(networks, network.network, spec.region)?.openstackId ?? network.network),
  );
  const named = floatingNetwork(spec.networks)?.floatingIp;
  return [
    ...differs('networks', described(wanted), described(actual)),
    // One that is to be made is whichever there is; where there is none it is only missing.
    ...(typeof named === 'string' && floatingIp ? differs('floatingIp', named, floatingIp.ip) : []),
  ];
}

/** A private network by name or by any of its ids, with its id in the region. */
export function privateNetwork(networks: Network[], nameOrId: string, region: string) {
  for (const { id, name, visibility, regions } of networks) {
    const here = regions.find((candidate) => candidate.region === region);
    if (visibility === 'private' && here && [id, name, here.openstackId].includes(nameOrId))
      return { ...here, id, name };
  }
  return undefined;
}

function usable(field: string, volume: VolumeStatus, instance: InstanceStatus | undefined): Difference[] {
  if (volume.status.startsWith('error')) return differs(`${field}.status`, 'available', volume.status);
  const stranger = volume.attachedTo.find((id) => id !== instance?.id);
  return stranger === undefined ? [] : differs(`${field}.attachedTo`, instance?.id ?? 'nothing', stranger);
}

function duplicates(field: string, things: { id: string }[]): Difference[] {
  if (things.length < 2) return [];
  return [
    {
      field,
      wanted: 'one',
      actual: `there ${things.length} times (${things.map(({ id }) => id).join(', ')})`,
    },
  ];
}

function differs(field: string, wanted: string, actual: string): Difference[] {
  return wanted === actual ? [] : [{ field, wanted, actual }];
}

function described(networks: string[]): string {
  return [...new Set(networks)].sort().join(' + ') || 'none';
}
