import { Context } from '@temporalio/activity';
import { nodeWorkflowId } from '../contract/index.ts';
import { required } from '../contract/required.ts';
import type {
  BeginAgain,
  Beginning,
  CompleteDeployInput,
  CompleteNodeSpec,
  Place,
} from '../contract/index.ts';
import {
  holdingRow,
  workflowTypes,
  type HoldingType,
  type NodeType,
} from '../contract/schemas/workflow-types.ts';
import { checkedDeploy, checkedSpec } from './preflight/checked.ts';
import { admittable, type Admittable } from '../temporal/admission.ts';
import { Attempt } from './exactly-once/attempt.ts';
import { Doubts, refuseSoonAfterReset } from './proof/doubts.ts';
import { showsNothingOf, unlessDown } from './preflight/down-region.ts';
import { markOf, signOf } from '../identity/mark.ts';
import { aliveMarked } from './inventory/marked.ts';
import type { PauseWatch } from './exactly-once/pause-watch.ts';
import { refuseReadableUserData, type ReadableUserData } from './user-data/readable-user-data.ts';
import { refuseUnknownRegion } from './preflight/resolve.ts';
import type { ServedProject, Projects } from './project.ts';
import { instanceStatus } from './inventory/status.ts';
import type { TerminatedRuns } from './proof/terminated-runs.ts';
import { orInvalidSpec, untilAllowed } from './exactly-once/to-failure.ts';
import { mergeUserData } from './user-data/user-data.ts';

/** What the first step of a node or of a fleet needs of its worker. */
export interface BeginningDependencies extends ReadableUserData {
  projects: Projects;
  terminated: TerminatedRuns;
  pauses: PauseWatch;
}

export function beginningActivities(dependencies: BeginningDependencies) {
  const { projects, temporal, terminated, pauses } = dependencies;
  const doubts = new Doubts(temporal);
  return {
    /** Checks what a stranger sent, and names the node or fleet that it is about. */
    async checkRequest(
      type: HoldingType,
      input: unknown,
    ): Promise<Admittable & { memo: Record<string, unknown> }> {
      const request = orInvalidSpec(() => holdingRow(type).parse(input));
      projects.get(request.project);
      return admittable(type, request);
    },

    /**
     * The first recorded step: the request with every default, and what carries the node's mark now, alive, whoever made
     * it. What it sees is never deleted by this run's undo. `fleetRun`: for whose fleet it is made. Reads only.
     */
    async beginning(
      type: NodeType,
      input: unknown,
      again: BeginAgain,
      fleetRun: string | null = null,
    ): Promise<Beginning<unknown>> {
      const row = workflowTypes[type];
      const request = orInvalidSpec(() => row.parse(input));
      const project = projects.get(request.project);
      const { region, name } = request;
      const spec = 'flavor' in request ? request : undefined;
      if (spec) await refuseUserData(spec, project);
      await refuseUnknownRegion(project, region);
      const attempt = new Attempt(pauses);
      if (again === 'reset') refuseSoonAfterReset(attempt, project.settleMs);
      await terminated.refuseSoonAfter(nodeWorkflowId(request), project.settleMs, attempt);
      const { runId } = required(Context.current().info.workflowExecution, 'the run of this step');
      // What a run before a reset has made may have been delivered: then the fleet's sign proves nothing.
      const maker = again === 'reset' ? null : fleetRun;
      const place: Place = {
        project: project.alias,
        projectId: project.projectId,
        owner: project.owner,
        region,
        node: name,
        mark: markOf(project.identity(region), name),
        runId,
        ...(maker !== null && { maker }),
        sign: signOf(maker ?? runId),
      };
      const lookedAt = attempt.now();
      const look = () =>
        unlessDown(
          project,
          region,
          () => aliveMarked(project, place),
          async () => spec !== undefined && showsNothingOf(project, place),
        );
      const isRollback = 'madeBy' in request && request.madeBy !== undefined;
      const seen = await (isRollback ? untilAllowed(look) : look());
      await doubts.refuseHiddenHolder(project, place, seen);
      if (row.doubts === 'parts' && spec)
        await doubts.refuseUnfinished(spec, seen, { project, place, attempt, again });
      if (row.doubts === 'absence') await doubts.refuseHidden(project, place, seen);
      const { instances, volumes } = seen;
      return {
        request: asHistoriesHaveIt(type, request),
        baseline: {
          place,
          instances: await Promise.all(instances.map((instance) => instanceStatus(project, instance))),
          volumes,
          lookedAt,
        },
      };
    },
  };

  /** Before anything is made: what OVH would refuse, and what a history would keep for everybody to read. */
  async function refuseUserData(
    { name, userData, hostname }: CompleteNodeSpec,
    project: ServedProject,
  ): Promise<void> {
    if (userData === null) return;
    orInvalidSpec(() => mergeUserData(userData, hostname ?? name));
    await refuseReadableUserData(dependencies, project);
  }
}

function asHistoriesHaveIt(type: NodeType, request: object): unknown {
  if (type === 'provisionNodeWithVolume') return checkedSpec(request as CompleteNodeSpec);
  return type === 'deployNode' ? checkedDeploy(request as CompleteDeployInput) : request;
}
