import type {
  CheckedSpec,
  CompleteSsh,
  Difference,
  InspectedNode,
  InspectResult,
  ListResult,
  ListedNode,
  Ref,
} from '../contract/index.ts';
import { BOOT_VOLUME, addressesOf, floatingNetwork, nodeFrom } from '../contract/index.ts';
import { parseInspect, parseList } from '../contract/schemas/requests.ts';
import type { GuestAccess } from './guest/guest-access.ts';
import { hostKeysOf } from './guest/plan-guest.ts';
import { checkedSpec } from './preflight/checked.ts';
import { differencesOf, type Stands } from './preflight/differences.ts';
import { markOf } from '../identity/mark.ts';
import { withFloatingIp } from './inventory/floating-ips.ts';
import { inventory } from './inventory/inventory.ts';
import { aliveMarked } from './inventory/marked.ts';
import { refuseUnknownRegion } from './preflight/resolve.ts';
import { priceOf } from './preflight/price.ts';
import type { ServedProject, ServedProjects } from './project.ts';
import { instanceStatus } from './inventory/status.ts';
import { orInvalidSpec } from './exactly-once/to-failure.ts';

export function inspectActivities({ projects, guests }: { projects: ServedProjects; guests: GuestAccess }) {
  return {
    /** What a node is now and, given a spec, where it differs. Reads only. */
    async inspect(input: unknown): Promise<InspectResult> {
      const ref = orInvalidSpec(() => parseInspect(input));
      const spec = 'flavor' in ref ? checkedSpec(ref) : undefined;
      const project = projects.get(ref.project);
      await refuseUnknownRegion(project, ref.region);
      const mark = markOf(project.identity(ref.region), ref.name);
      const seen = await aliveMarked(project, { region: ref.region, node: ref.name, mark });
      const instances = await Promise.all(
        seen.instances.map(async (instance) =>
          withFloatingIp(project, ref.region, await instanceStatus(project, instance)),
        ),
      );
      const stands = { instances, volumes: seen.volumes };
      return {
        node: await nodeOf(project, ref, stands, hostKeysOf(guests, mark, 'derived')),
        differences: spec ? await allDifferences(project, spec, stands) : [],
      };
    },

    /** Every node of a project: what OVH lists, less what does not verify. Reads only. */
    async listNodes(input: unknown): Promise<ListResult> {
      const { project: alias, region } = orInvalidSpec(() => parseList(input));
      const project = projects.get(alias);
      if (region !== undefined) await refuseUnknownRegion(project, region);
      const { instances, volumes } = await inventory(project, region);
      const nodes = new Map<string, ListedNode>();
      const nodeAt = (region: string, name: string) => {
        const key = `${region} ${name}`;
        const node = nodes.get(key) ?? { project: alias, region, name, instance: null, volumes: [] };
        nodes.set(key, node);
        return node;
      };
      for (const { node, seen } of instances) {
        const { id, name, status } = seen;
        const { publicIpv4 } = addressesOf(seen);
        nodeAt(seen.region, node).instance = { id, name, status, publicIpv4 };
      }
      for (const { node, volume: name, seen } of volumes) {
        const { id, status, size } = seen;
        nodeAt(seen.region, node).volumes.push({ name, id, status, size });
      }
      return {
        nodes: [...nodes.values()].sort((a, b) =>
          `${a.region} ${a.name}`.localeCompare(`${b.region} ${b.name}`),
        ),
      };
    },
  };
}

async function allDifferences(project: ServedProject, spec: CheckedSpec, baseline: Stands) {
  const differences = differencesOf(spec, baseline, await project.catalogue.networks());
  const names = new Set(baseline.volumes.map(({ volume }) => volume));
  const absent = spec.volumes.filter(({ id, name }) => id === null && !names.has(name));
  return [
    ...(baseline.instances.length === 0 ? [{ field: 'instance', wanted: 'there', actual: 'absent' }] : []),
    ...(lacksFloatingIp(spec, baseline) ? [{ field: 'floatingIp', wanted: 'there', actual: 'absent' }] : []),
    ...absent.map(({ name }) => ({ field: `volumes.${name}`, wanted: 'there', actual: 'absent' })),
    ...(await foreignDifferences(project, spec, baseline)),
    ...differences,
  ];
}

function lacksFloatingIp({ networks }: CheckedSpec, { instances: [instance] }: Stands): boolean {
  return instance !== undefined && floatingNetwork(networks) !== undefined && !instance.floatingIp;
}

/** Volumes that the spec names by id: theirs is only whether the instance has them. */
async function foreignDifferences(
  project: ServedProject,
  { region, volumes }: CheckedSpec,
  { instances }: Stands,
): Promise<Difference[]> {
  const seen = volumes.map(async ({ name, id }): Promise<Difference[]> => {
    if (id === null) return [];
    const volume = await project.volumes(region).find(id);
    const isAttached = volume?.attachedTo.includes(instances[0]?.id ?? '') ?? false;
    if (isAttached) return [];
    return [{ field: `volumes.${name}`, wanted: 'attached', actual: volume?.status ?? 'absent' }];
  });
  return (await Promise.all(seen)).flat();
}

/** What stands at OVH. Who made it, and as what, OVH does not say. */
export async function nodeOf(
  project: ServedProject,
  { region, name }: Ref,
  { instances, volumes }: Stands,
  hostKeys: string[],
  ssh?: CompleteSsh,
): Promise<InspectedNode | null> {
  const [instance] = instances;
  if (!instance) return null;
  const ref = { project: project.alias, region, name };
  // An instance that has no image boots from a volume.
  const boot = instance.image ? undefined : volumes.find(({ volume }) => volume === BOOT_VOLUME);
  const data = volumes.filter((volume) => volume !== boot);
  const seen = nodeFrom(
    ref,
    instance,
    { boot: boot ?? null, data },
    {
      outcomeOf: () => 'adopted',
      login: null,
      hostKeys,
      ssh,
      price: await priceOf(project, {
        region,
        flavorId: instance.flavorId,
        monthly: instance.monthly,
        volumes,
      }),
    },
  );
  return { ...seen, outcome: null, labels: null, timing: null, run: null };
}
