import type { Baseline, CheckedSpec, Difference, InstanceStatus, VolumeStatus } from '../contract/index.ts';
import type { Network } from '../ovh/index.ts';

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
 * Where what exists is not what was asked for: flavor, networks, each volume's size and type. Not the image (images
 * are republished under new ids), not user data, not keys: those only speak at creation.
 */
export function differencesOf(spec: CheckedSpec, baseline: Baseline, networks: Network[]): Difference[] {
  const { instances, volumes } = baseline;
  const [instance, ...more] = instances;
  return [
    ...duplicates('instance', instances),
    ...(instance && more.length === 0 ? instanceDifferences(spec, instance, networks) : []),
    ...spec.volumes.flatMap(({ name, size, type }) => {
      const field = `volumes.${name}`;
      const [volume, ...twins] = volumes.filter((candidate) => candidate.volume === name);
      if (!volume) return [];
      if (twins.length > 0) return duplicates(field, [volume, ...twins]);
      return [
        ...differs(`${field}.size`, `${size} GiB`, `${volume.size} GiB`),
        ...differs(`${field}.type`, type, volume.type),
        ...usable(field, volume, instance),
      ];
    }),
  ];
}

/** `flavor is b3-16, not b3-8; volumes.data.size is 40 GiB, not 20 GiB`. */
export function differencesSentence(differences: Difference[]): string {
  return differences.map(({ field, wanted, actual }) => `${field} is ${actual}, not ${wanted}`).join('; ');
}

function instanceDifferences(spec: CheckedSpec, instance: InstanceStatus, networks: Network[]): Difference[] {
  return [
    ...(spec.flavor === instance.flavorId ? [] : differs('flavor', spec.flavor, instance.flavor)),
    ...(UNUSABLE.has(instance.status) ? differs('instance.status', 'ACTIVE', instance.status) : []),
    // Before it has an address nobody can tell which networks it is in.
    ...(instance.ipAddresses.length > 0 ? networkDifferences(spec, instance, networks) : []),
  ];
}

function networkDifferences(
  spec: CheckedSpec,
  { ipAddresses }: InstanceStatus,
  networks: Network[],
): Difference[] {
  const actual = ipAddresses.map(({ type, networkId }) => (type === 'public' ? 'public' : networkId));
  const wanted = spec.networks.map((network) =>
    'public' in network
      ? 'public'
      : (privateNetwork(networks, network.network, spec.region)?.openstackId ?? network.network),
  );
  return differs('networks', described(wanted), described(actual));
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
