import { flavorsById } from '../catalogue/flavors.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { InstanceRecord, InstanceStatusEnum } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { flavorView } from './flavors.ts';
import { findImage } from './images.ts';
import { sshKeyDetail } from './ssh-keys.ts';

/** An instance in a list: ids, and null or nothing where one instance would show objects. */
export function instanceInList(
  instance: InstanceRecord,
  status: InstanceStatusEnum,
  world: World,
  time: number,
) {
  const listed = instanceById(instance, status, world, time);
  if (world.switches.listNulls === 'null') return listed;
  const { flavor: _flavor, image: _image, sshKey: _sshKey, ...rest } = listed;
  return rest;
}

function instanceById(instance: InstanceRecord, status: InstanceStatusEnum, world: World, time: number) {
  const planCodes = flavorsById.get(instance.flavorId)?.planCodes;
  return {
    id: instance.id,
    name: instance.name,
    status,
    region: instance.region,
    created: world.date(instance.createdAt),
    flavorId: instance.flavorId,
    imageId: instance.imageId,
    sshKeyId: instance.sshKeyId,
    flavor: null,
    image: null,
    sshKey: null,
    ipAddresses: status !== 'BUILD' && time >= instance.addressesAt ? instance.addresses : [],
    monthlyBilling: instance.monthly ? monthlyBilling(instance, status, world) : null,
    planCode: (instance.monthly ? planCodes?.monthly : planCodes?.hourly) ?? null,
    operationIds: [],
    currentMonthOutgoingTraffic: null,
    rescuePassword: status === 'RESCUE' ? instance.rescuePassword : null,
    availabilityZone: instance.availabilityZone,
  };
}

/** One instance, in the form that the switch `instanceForm` says. */
export function instanceDetail(
  instance: InstanceRecord,
  status: InstanceStatusEnum,
  world: World,
  project: ProjectRecord,
  time: number,
) {
  const listed = instanceById(instance, status, world, time);
  if (world.switches.instanceForm === 'ids') return listed;
  const flavor = flavorsById.get(instance.flavorId);
  const key = instance.sshKeyId === null ? undefined : project.sshKeys.get(instance.sshKeyId);
  const embedded = {
    flavor: flavor ? flavorView(flavor, world, project, time) : null,
    image: findImage(project, instance.imageId, time) ?? null,
    sshKey: key ? sshKeyDetail(key) : null,
  };
  if (world.switches.instanceForm === 'both') return { ...listed, ...embedded };
  const { flavorId: _flavorId, imageId: _imageId, sshKeyId: _sshKeyId, ...rest } = listed;
  return { ...rest, ...embedded, licensePlanCode: null };
}

function monthlyBilling({ createdAt }: InstanceRecord, status: InstanceStatusEnum, world: World) {
  return { since: world.date(createdAt), status: status === 'BUILD' ? 'activationPending' : 'ok' };
}
