import { isIPv4 } from 'node:net';
import type { Client } from '@temporalio/client';
import type {
  FloatingIpAct,
  FloatingIpStatus,
  FloatingIpsFound,
  InstanceStatus,
  Port,
} from '../../contract/index.ts';
import { floatingIpOf } from '../../contract/index.ts';
import { OvhApiError, OvhSchemaError, type FloatingIp } from '../../ovh/index.ts';
import { instanceIsAlive } from './alive.ts';
import { orderedFor } from '../looking/operations.ts';
import { undefinedIfGone, type ServedProject } from '../project.ts';
import { inOwnHistory } from '../proof/own-history.ts';

/*
 * A floating IP has neither name nor description. It is known by the port that it comes in at, an interface of an instance,
 * and it outlives that: from then on only what a history has written down tells whose it is.
 */

interface PortInNetwork extends Port {
  networkId: string;
}

/** Of an instance that is gone there are none. `network`: only those in it, by its id in the region. */
export async function portsOf(
  project: ServedProject,
  instanceId: string,
  network?: string,
): Promise<PortInNetwork[]> {
  const interfaces = (await undefinedIfGone(project.ovh.instances.interfaces(instanceId))) ?? [];
  if (interfaces.length === 0) await refuseEmpty(project, instanceId);
  return interfaces
    .filter(({ type, networkId }) => type !== 'public' && networkId === (network ?? networkId))
    .flatMap(({ id, networkId, fixedIps }) =>
      fixedIps.filter(({ ip }) => isIPv4(ip)).map(({ ip }) => ({ id, networkId, ip })),
    );
}

/** An instance that has addresses has interfaces: an empty list is no answer, and what it hid would seem to be nobody's. */
async function refuseEmpty(project: ServedProject, instanceId: string): Promise<void> {
  const instance = await undefinedIfGone(project.ovh.instances.get(instanceId));
  if (!instance || !instanceIsAlive(instance) || instance.ipAddresses.length === 0) return;
  const path = `/instance/${instanceId}/interface`;
  throw new OvhSchemaError({ method: 'GET', path, status: 200, problems: ['an empty list'] });
}

export function isTiedTo({ port }: FloatingIp, ports: Port[]): boolean {
  return ports.some(({ id, ip }) => id === port?.id && ip === port.ip);
}

type Addressed = Pick<InstanceStatus, 'id' | 'ipAddresses'>;

/** Whether anything may come in at an instance: only at a private address. */
export function isInside({ ipAddresses }: Pick<Addressed, 'ipAddresses'>): boolean {
  return insideOf(ipAddresses).length > 0;
}

function insideOf(addresses: Addressed['ipAddresses']) {
  return addresses.filter(({ type, version }) => type === 'private' && version === 4);
}

/** What comes in at the addresses of an instance. Only of one that has a private address anything is asked. */
export async function floatingIpsAt(
  project: ServedProject,
  region: string,
  instance: Addressed,
  network?: string,
): Promise<FloatingIp[]> {
  if (!isInside(instance)) return [];
  return comingInAt(project, await visibleFloatingIps(project, region), instance, network);
}

/** Which of these come in at the addresses of an instance. OVH is asked only where one has its address. */
export async function comingInAt(
  project: ServedProject,
  listed: FloatingIp[],
  { id, ipAddresses }: Addressed,
  network?: string,
): Promise<FloatingIp[]> {
  const inside = insideOf(ipAddresses);
  const candidates = listed.filter(({ port }) => inside.some(({ ip }) => ip === port?.ip));
  if (candidates.length === 0) return [];
  // Two networks may have the same addresses: the port alone is one instance's.
  const ports = await portsOf(project, id, network);
  return candidates.filter((each) => isTiedTo(each, ports));
}

/** Whoever may not see floating IPs, or is in a region that has none, sees none. One refusal alone may be wrong. */
export async function visibleFloatingIps(project: ServedProject, region: string): Promise<FloatingIp[]> {
  const floatingIps = project.floatingIps(region);
  try {
    return await floatingIps.list();
  } catch (error) {
    noneIfRefused(error);
    return floatingIps.list().catch(noneIfRefused);
  }
}

function noneIfRefused(error: unknown): FloatingIp[] {
  if (error instanceof OvhApiError && error.fromOvh && [403, 404].includes(error.status)) return [];
  throw error;
}

export function floatingIpStatus({ id, ip, port }: FloatingIp, own: boolean | null): FloatingIpStatus {
  return { id, ip, privateIp: port?.ip ?? '', own };
}

/** The instance, and what comes in at it from outside; `network`: only in that one, by its id in the region. */
export async function withFloatingIp(
  project: ServedProject,
  region: string,
  instance: InstanceStatus,
  network?: string,
): Promise<InstanceStatus> {
  const [found] = await floatingIpsAt(project, region, instance, network);
  return found ? { ...instance, floatingIp: floatingIpStatus(found, null) } : instance;
}

/**
 * What a run may have made that has asked for a floating IP: what no list showed before, and belongs to the instance that
 * it was asked for, by its port or by OVH's own orders about that instance. One address takes one, so another belongs to
 * nothing. Where this run made the instance, nobody else has asked for any of it; where it stood before, somebody may have.
 */
export async function madeFor(
  project: ServedProject,
  temporal: Client,
  { place, instance, networkId, stood, given }: FloatingIpAct,
): Promise<FloatingIpsFound> {
  const none = { own: [], unproven: [] };
  if (given) return none;
  const [listed, ports, ordered] = await Promise.all([
    project.floatingIps(place.region).list(),
    portsOf(project, instance.id, networkId),
    orderedFor(project, instance.id),
  ]);
  const isCandidate = (each: FloatingIp) =>
    !stood.includes(each.id) && (isTiedTo(each, ports) || (ordered.has(each.id) && each.port === null));
  const found = listed.filter(isCandidate).map(floatingIpOf);
  if (found.length === 0) return none;
  const isOwn = (await inOwnHistory(temporal, instance.id)) === 'made';
  return isOwn ? { own: found, unproven: [] } : { own: [], unproven: found }; // (rule 33)
}
