import type {
  Baseline,
  CheckedSpec,
  InspectResult,
  ListResult,
  ListedNode,
  Node,
  Place,
} from '../contract/index.ts';
import { addressesOf, nodeFrom, nodeWorkflowId } from '../contract/index.ts';
import { parseNodeSpec } from '../contract/schemas/node-spec.ts';
import { parseList, parseRef } from '../contract/schemas/requests.ts';
import { differencesOf } from './differences.ts';
import { markOf, readInstanceName } from './mark.ts';
import { aliveMarked } from './marked.ts';
import { refuseUnknownRegion } from './resolve.ts';
import type { Project, Projects } from './project.ts';
import { instanceIsAlive, instanceStatus, volumeIsAlive, volumeStatus } from './status.ts';
import { orInvalidSpec } from './to-failure.ts';

export function inspectActivities({ projects }: { projects: Projects }) {
  return {
    /** What a node is now and, given a spec, where it differs. Reads only. */
    async inspect(input: unknown): Promise<InspectResult> {
      const spec = isSpec(input) ? orInvalidSpec(() => parseNodeSpec(input)) : undefined;
      const ref = spec ?? orInvalidSpec(() => parseRef(input));
      const project = projects.get(ref.project);
      await refuseUnknownRegion(project, ref.region);
      const mark = markOf(project.identity(ref.region), ref.name);
      const place: Place = { project: project.alias, region: ref.region, node: ref.name, mark };
      const seen = await aliveMarked(project, place);
      const instances = await Promise.all(
        seen.instances.map((instance) => instanceStatus(project, instance)),
      );
      const baseline: Baseline = { place, instances, volumes: seen.volumes, settleMs: project.settleMs };
      return {
        node: nodeOf(baseline),
        differences: spec ? await allDifferences(project, spec, baseline) : [],
      };
    },

    /** Every node of a project: what OVH lists, less what does not verify. Reads only. */
    async listNodes(input: unknown): Promise<ListResult> {
      const { project: alias, region } = orInvalidSpec(() => parseList(input ?? {}));
      const project = projects.get(alias);
      if (region !== undefined) await refuseUnknownRegion(project, region);
      const [instances, volumes] = await Promise.all([
        project.ovh.instances.list(region),
        project.ovh.volumes.list(region),
      ]);
      const nodes = new Map<string, ListedNode>();
      const nodeAt = (region: string, name: string) => {
        const key = `${region} ${name}`;
        const node = nodes.get(key) ?? { project: alias, region, name, instance: null, volumes: [] };
        nodes.set(key, node);
        return node;
      };
      for (const instance of instances.filter(instanceIsAlive)) {
        const name = readInstanceName(instance.name, project.identity(instance.region));
        if (name === undefined) continue;
        const { publicIpv4 } = addressesOf(instance);
        nodeAt(instance.region, name).instance = {
          id: instance.id,
          name: instance.name,
          status: instance.status,
          publicIpv4,
        };
      }
      for (const volume of volumes.filter(volumeIsAlive)) {
        const status = volumeStatus(project, volume);
        if (!status) continue;
        const { node, volume: name, id, size } = status;
        nodeAt(volume.region, node).volumes.push({ name, id, status: status.status, size });
      }
      return {
        nodes: [...nodes.values()].sort((a, b) =>
          `${a.region} ${a.name}`.localeCompare(`${b.region} ${b.name}`),
        ),
      };
    },
  };
}

function isSpec(input: unknown): boolean {
  return typeof input === 'object' && input !== null && 'flavor' in input;
}

async function allDifferences(project: Project, spec: CheckedSpec, baseline: Baseline) {
  const differences = differencesOf(spec, baseline, await project.catalogue.networks());
  const absent = spec.volumes.filter(({ name }) => baseline.volumes.every(({ volume }) => volume !== name));
  return [
    ...(baseline.instances.length === 0 ? [{ field: 'instance', wanted: 'there', actual: 'absent' }] : []),
    ...absent.map(({ name }) => ({ field: `volumes.${name}`, wanted: 'there', actual: 'absent' })),
    ...differences,
  ];
}

/** What stands at OVH; no run made it, so there is no timing and no run. */
function nodeOf({ place, instances, volumes }: Baseline): Node | null {
  const [instance] = instances;
  if (!instance) return null;
  const ref = { project: place.project, region: place.region, name: place.node };
  return nodeFrom(ref, instance, volumes, {
    outcome: 'adopted',
    outcomeOf: () => 'adopted',
    labels: {},
    timing: { totalMs: 0, steps: {} },
    run: { workflowId: nodeWorkflowId(ref), runId: '' },
  });
}
