import type { Client } from '@temporalio/client';
import type { CompleteFleetSpec, FleetBeginning } from '../contract/index.ts';
import { fleetNodeName, fleetNodeNumber, fleetWorkflowId } from '../contract/index.ts';
import type { CompleteDestroyFleet } from '../contract/index.ts';
import { parseDestroyFleet, parseFleetSpec } from '../contract/schemas/fleet.ts';
import { instanceIsAlive, volumeIsAlive } from './inventory/alive.ts';
import { Attempt } from './exactly-once/attempt.ts';
import { readInstanceName } from '../identity/mark.ts';
import type { PauseWatch } from './exactly-once/pause-watch.ts';
import type { Project, Projects } from './project.ts';
import { refuseReadableUserData } from './user-data/readable-user-data.ts';
import { refuseUnknownRegion } from './preflight/resolve.ts';
import { volumeStatus } from './inventory/status.ts';
import type { TerminatedRuns } from './proof/terminated-runs.ts';
import { finalFailure, orInvalidSpec } from './exactly-once/to-failure.ts';

export function fleetActivities({
  projects,
  temporal,
  terminated,
  pauses,
  allowsReadableUserData,
}: {
  projects: Projects;
  temporal: Client;
  terminated: TerminatedRuns;
  pauses: PauseWatch;
  allowsReadableUserData: boolean;
}) {
  return {
    /** Checks a fleet once for all its nodes, and says which of them stand already, and where. Reads only. */
    async beginFleet(input: unknown): Promise<FleetBeginning<CompleteFleetSpec>> {
      const { node, ...fleet } = orInvalidSpec(() => parseFleetSpec(input));
      const project = projects.get(fleet.project);
      const isReadable = node.userData !== null && project.isReal && !allowsReadableUserData;
      if (isReadable) await refuseReadableUserData(temporal);
      for (const region of fleet.regions) await refuseUnknownRegion(project, region);
      // A node that a terminated run was about to make in another region must have shown before one is made here.
      await terminated.refuseSoonAfter(fleetWorkflowId(fleet), project.settleMs, new Attempt(pauses));
      const wanted = new Set(
        Array.from({ length: fleet.count }, (_, index) => fleetNodeName(fleet.name, index + 1)),
      );
      const standing = (await membersOf(project, fleet.name, fleet.regions)).filter(({ name }) =>
        wanted.has(name),
      );
      refuseTwice(standing);
      return { request: { ...fleet, labels: node.labels }, standing };
    },

    /** Every node of a fleet that has anything at OVH. Reads only. */
    async beginFleetDestroy(input: unknown): Promise<FleetBeginning<CompleteDestroyFleet>> {
      const request = orInvalidSpec(() => parseDestroyFleet(input));
      const project = projects.get(request.project);
      if (request.region !== undefined) await refuseUnknownRegion(project, request.region);
      const members = await membersOf(project, request.name, request.region ? [request.region] : [undefined]);
      const standing = members.filter(
        ({ name }) => (fleetNodeNumber(request.name, name) ?? 0) > (request.beyond ?? 0),
      );
      return { request, standing };
    },
  };
}

/** Nodes with names of the fleet whose marks verify, in the order of their numbers. `undefined`: all regions. */
async function membersOf(
  project: Project,
  fleet: string,
  regions: (string | undefined)[],
): Promise<{ name: string; region: string }[]> {
  const seen = new Map<string, { name: string; region: string }>();
  const add = (name: string | undefined, region: string) => {
    if (name !== undefined && fleetNodeNumber(fleet, name) !== undefined)
      seen.set(`${region} ${name}`, { name, region });
  };
  // Twice: a name that one list leaves out would be made again in another region, or be called destroyed.
  for (const region of [...regions, ...regions]) {
    const [instances, volumes] = await Promise.all([
      project.instances(region).list(),
      project.volumes(region).list(),
    ]);
    for (const instance of instances.filter(instanceIsAlive))
      add(readInstanceName(instance.name, project.identity(instance.region))?.node, instance.region);
    for (const volume of volumes.filter(volumeIsAlive))
      add(volumeStatus(project, volume)?.node, volume.region);
  }
  const number = ({ name }: { name: string }) => fleetNodeNumber(fleet, name) ?? 0;
  return [...seen.values()].sort((a, b) => number(a) - number(b));
}

/** The region is part of a node's identity: which of the two is meant is for people to say. */
function refuseTwice(standing: { name: string; region: string }[]): void {
  const regionOf = new Map<string, string>();
  for (const { name, region } of standing) {
    const other = regionOf.get(name);
    if (other !== undefined)
      throw finalFailure(
        'NodeDiffers',
        `${name} stands in ${other} and in ${region}; destroy one of them, or name one region; nothing was touched`,
      );
    regionOf.set(name, region);
  }
}
