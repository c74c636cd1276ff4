import type { FloatingIpBefore, InstanceStatus, Place } from '../../contract/index.ts';
import type { FloatingIp } from '../../ovh/index.ts';
import { notReady } from '../exactly-once/to-failure.ts';
import { floatingIpsAt, isTiedTo, portsOf, visibleFloatingIps } from '../inventory/floating-ips.ts';
import type { ServedProject } from '../project.ts';
import type { NodeMemory } from './node-memory.ts';
import { timing } from '../../contract/timing.ts';
import { askAgain } from '../looking/ask-again.ts';

/** A floating IP, and the node's instance that it comes in at; null: it belongs to nothing. */
interface FloatingIpAt {
  floatingIp: FloatingIp;
  at: string | null;
}

/**
 * What comes in at a node that somebody destroys, or came in before its instance was gone, and which run made it, as far as
 * Temporal remembers. Where that knows of the instance that nothing comes in at it, OVH is not asked. What no run has told
 * of may be of one that has just ended, and that Temporal's list does not show yet: then it is asked again for a while.
 *
 * @throws NotReady where that list is still behind
 */
export async function floatingIpsBefore(
  project: ServedProject,
  { region }: Place,
  instances: Pick<InstanceStatus, 'id' | 'ipAddresses'>[],
  { memory, recall }: { memory: NodeMemory; recall: () => Promise<NodeMemory> },
): Promise<FloatingIpBefore[]> {
  const seen = await seenAt(project, region, instances, memory);
  const byMaker = async (from: NodeMemory) => {
    const before: FloatingIpBefore[] = [];
    for (const { floatingIp, at } of seen) {
      const { id, ip, port } = floatingIp;
      const sign = (await from.makerOf({ id, ip, at })) ?? null;
      before.push({ id, ip, port, sign });
    }
    return { before, isTold: before.every(({ id }) => from.tellsOf(id)), isBehind: from.isBehind };
  };
  const remembered = [memory];
  const { before, isTold, isBehind } = await askAgain(
    async () => byMaker(remembered.pop() ?? (await recall())),
    ({ isTold }) => isTold,
    timing.recallMs,
  );
  if (!isTold && isBehind)
    throw notReady('waits until Temporal shows how the run before has ended', timing.soonMs);
  return before;
}

async function seenAt(
  project: ServedProject,
  region: string,
  instances: Pick<InstanceStatus, 'id' | 'ipAddresses'>[],
  memory: NodeMemory,
): Promise<FloatingIpAt[]> {
  const seen: FloatingIpAt[] = [];
  const { known, mayBeMore } = await memory.floatingIps();
  const isTold = (id: string) => memory.fateOf(id)?.is === 'wanted';
  for (const { id, ipAddresses } of instances)
    if (!isTold(id) || known.length > 0 || mayBeMore)
      for (const floatingIp of await floatingIpsAt(project, region, { id, ipAddresses }))
        seen.push({ floatingIp, at: id });
  const isSeen = new Set(seen.map(({ floatingIp }) => floatingIp.id));
  for (const { id } of known) {
    const floatingIp = isSeen.has(id) ? undefined : await standingFloatingIp(project, region, id);
    if (!floatingIp) continue;
    const at = await instanceAt(project, floatingIp, instances);
    // What comes in at nothing of the node's is somebody's by now.
    if (at !== null || floatingIp.port === null) seen.push({ floatingIp, at });
  }
  return seen;
}

/** One 404 alone may be wrong: what the list shows stands. */
async function standingFloatingIp(
  project: ServedProject,
  region: string,
  id: string,
): Promise<FloatingIp | undefined> {
  const found = await project.floatingIps(region).find(id);
  return found ?? (await visibleFloatingIps(project, region)).find((each) => each.id === id);
}

/** The one of these that it comes in at, though a list has left that out. */
async function instanceAt(
  project: ServedProject,
  floatingIp: FloatingIp,
  instances: Pick<InstanceStatus, 'id'>[],
): Promise<string | null> {
  if (floatingIp.port === null) return null;
  for (const { id } of instances) if (isTiedTo(floatingIp, await portsOf(project, id))) return id;
  return null;
}
