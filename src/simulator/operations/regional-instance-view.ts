import { regionsByName } from '../catalogue/regions.ts';
import { flavorName } from '../catalogue/flavors.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { InstanceRecord, InstanceStatusEnum, IpAddress } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { floatingIpsOf } from './floating-ips.ts';
import { findFlavor } from './flavors.ts';
import { findImage } from './images.ts';

/** What may be asked for beside the rest. */
interface Wanted {
  withBackups?: 'true' | 'false' | null | undefined;
  withImage?: 'true' | 'false' | null | undefined;
  withVolumes?: 'true' | 'false' | null | undefined;
}

const taskStates: Partial<Record<InstanceStatusEnum, string>> = {
  BUILD: 'spawning',
  DELETING: 'deleting',
  REBOOT: 'rebooting',
  HARD_REBOOT: 'rebooting_hard',
  REBUILD: 'rebuilding',
  RESIZE: 'resize_migrating',
  SHELVING: 'shelving',
  UNSHELVING: 'unshelving',
  RESCUING: 'rescuing',
  UNRESCUING: 'unrescuing',
};

/** An instance as the regional calls show it: addresses with their subnets, volumes, what goes on right now. */
export function regionalInstanceView(
  instance: InstanceRecord,
  status: InstanceStatusEnum,
  { switches }: Pick<World, 'switches'>,
  project: ProjectRecord,
  time: number,
  wanted: Wanted = {},
) {
  const flavor = findFlavor(instance.flavorId);
  const volumes = [...project.volumes.values()].filter(({ states }) =>
    states.at(time)?.attachedTo.includes(instance.id),
  );
  const image = findImage(project, instance.imageId, time);
  const isUp = status !== 'BUILD' && time >= instance.addressesAt;
  return {
    id: instance.id,
    name: instance.name,
    region: instance.region,
    regionType: regionsByName.get(instance.region)?.type ?? 'region',
    availabilityZone: instance.availabilityZone,
    status,
    taskState: taskStates[status] ?? '',
    pendingTask: taskStates[status] !== undefined,
    flavorId: flavor.id,
    flavorName: flavorName(flavor, switches),
    flavor: null,
    imageId: instance.imageId || null,
    image:
      wanted.withImage === 'true' && image ? { id: image.id, name: image.name, deprecated: false } : null,
    login: image?.user ?? null,
    sshKey: instance.sshKeyId === null ? '' : (project.sshKeys.get(instance.sshKeyId)?.name ?? ''),
    addresses: isUp
      ? [
          ...instance.addresses.map((address) => addressView(address, project, instance)),
          ...floatingIpsOf(project, instance, time).map(({ ip }) => ({
            ip,
            version: 4,
            type: 'floating',
            subnet: null,
          })),
        ]
      : [],
    attachedVolumes: volumes.map(({ id }) => ({ id })),
    volumes:
      wanted.withVolumes === 'true'
        ? volumes.map(({ id, name, states }) => ({ id, name, size: states.at(time)?.sizeGiB ?? 0 }))
        : null,
    backups: wanted.withBackups === 'true' ? [] : null,
    actions: null,
    pricings: null,
  };
}

function addressView(
  { ip, version, type, networkId }: IpAddress,
  project: ProjectRecord,
  { region }: InstanceRecord,
) {
  const network = project.networks.find(({ regions }) => regions.get(region)?.openstackId === networkId);
  const subnet = network?.subnets.find((each) => each.region === region);
  return {
    ip,
    version,
    type,
    subnet:
      network && subnet
        ? {
            id: subnet.id,
            name: subnet.name,
            gatewayIP: subnet.gatewayIp,
            network: { id: networkId, name: network.name },
          }
        : null,
  };
}
