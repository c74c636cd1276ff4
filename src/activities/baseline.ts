import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { baselineIdentifiers, nodeWorkflowId } from '../contract/index.ts';
import { required } from '../contract/required.ts';
import type {
  Baseline,
  BeginAgain,
  Beginning,
  CheckedRequest,
  CompleteNodeSpec,
  FloatingIpBefore,
  Place,
  PlanOf,
  Workflows,
} from '../contract/index.ts';
import {
  holdingRow,
  workflowTypes,
  type HoldingType,
  type NodeType,
} from '../contract/schemas/workflow-types.ts';
import { stepDetails } from '../contract/wire.ts';
import { askedAgain } from './looking/asked-again.ts';
import { deployPlanner } from './guest/plan-deploy.ts';
import { nodePlanner, type NodePlannerDependencies } from './preflight.ts';
import { checkedDeploy, checkedSpec } from './preflight/checked.ts';
import { admittable, type Admittable } from '../temporal/admission.ts';
import { Attempt } from './exactly-once/attempt.ts';
import { floatingIpsBefore } from './proof/floating-ips-before.ts';
import { NodeMemory } from './proof/node-memory.ts';
import { Doubts, refuseSoonAfterReset } from './proof/doubts.ts';
import { firstBeginning } from './proof/own-history.ts';
import { showsNothingOf, unlessDown } from './preflight/down-region.ts';
import { markOf, signOf } from '../identity/mark.ts';
import { aliveMarked, identifiersOf, type Marked } from './inventory/marked.ts';
import type { PauseWatch } from './exactly-once/pause-watch.ts';
import { refuseReadableUserData, type ReadableUserData } from './user-data/readable-user-data.ts';
import { refuseUnknownRegion } from './preflight/resolve.ts';
import type { ServedProject, ServedProjects } from './project.ts';
import { instanceStatus } from './inventory/status.ts';
import type { TerminatedRuns } from './proof/terminated-runs.ts';
import { lookFailure, orInvalidSpec, untilAllowed } from './exactly-once/to-failure.ts';
import { mergeUserData } from './user-data/user-data.ts';

/** What the first step of a node or of a fleet needs of its worker. */
export interface BeginningDependencies extends ReadableUserData {
  projects: ServedProjects;
  terminated: TerminatedRuns;
  pauses: PauseWatch;
}

export function beginningActivities(dependencies: BeginningDependencies & NodePlannerDependencies) {
  const { projects, temporal, terminated, pauses } = dependencies;
  const { planNode } = nodePlanner(dependencies);
  const { planDeploy } = deployPlanner(dependencies);
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
     * it. What it sees is never deleted by this run's undo. `fleetRun`: for whose fleet it is made. `plans`: also what is to
     * be done, or why it cannot be. Reads only.
     */
    async beginning(
      type: NodeType,
      input: unknown,
      again: BeginAgain,
      fleetRun: string | null = null,
      plans = false,
    ): Promise<Beginning<NodeType>> {
      const row = workflowTypes[type];
      const request = orInvalidSpec(() => row.parse(input));
      const project = projects.get(request.project);
      const { region, name } = request;
      const spec = 'flavor' in request ? request : undefined;
      if (spec) await refuseUserData(spec, project);
      const attempt = new Attempt(pauses);
      await askedAgain(attempt, () => refuseUnknownRegion(project, region));
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
      const only = ('only' in request && request.only) || [];
      const seen = await (isRollback ? untilAllowed(look) : askedAgain(attempt, look));
      await doubts.refuseHiddenHolder(project, place, seen);
      if (row.doubts === 'parts' && spec)
        await doubts.refuseUnfinished(spec, seen, { project, place, attempt, again });
      const memory = row.doubts === 'absence' ? await NodeMemory.of(temporal, place) : undefined;
      const floatingIps = memory ? await atItsEnd(project, place, seen, { memory, isRollback, only }) : [];
      const newer = memory && again === 'reset' ? await sinceReset(memory, seen) : [];
      const checked = asHistoriesHaveIt(request);
      const instances = async () => Promise.all(seen.instances.map((each) => instanceStatus(project, each)));
      const baseline: Baseline = {
        place,
        instances: await askedAgain(attempt, instances),
        volumes: seen.volumes,
        ...(floatingIps.length > 0 && { floatingIps }),
        ...(newer.length > 0 && { newer }),
        lookedAt,
      };
      const plan = plans ? await planned(checked, baseline, { project, attempt }) : undefined;
      return { request: checked, baseline, plan };
    },
  };

  /** By the baseline that was taken just now: a plan and what it was made of are never of two looks. */
  async function planned(
    request: CheckedRequest<NodeType>,
    baseline: Baseline,
    { project, attempt }: { project: ServedProject; attempt: Attempt },
  ): Promise<PlanOf<NodeType>> {
    const plan = async () => {
      if ('flavor' in request) return planNode(project, request, baseline);
      return 'steps' in request ? planDeploy(project, request, baseline) : undefined;
    };
    try {
      return await askedAgain(attempt, plan);
    } catch (error) {
      throw withStood(lookFailure(error), baseline);
    }
  }

  /** Of a node that shall go: nothing of it is hidden, and what comes in at it is known before its instance goes. */
  async function atItsEnd(
    project: ServedProject,
    place: Place,
    seen: Marked,
    { memory, isRollback, only }: { memory: NodeMemory; isRollback: boolean; only: string[] },
  ): Promise<FloatingIpBefore[]> {
    const known = new Set([...memory.wanted, ...only].filter((id) => !memory.tellsOf(id)));
    await doubts.refuseHidden(project, place, seen, [...known]);
    const isInside = seen.instances.some(({ ipAddresses }) =>
      ipAddresses.some(({ type }) => type === 'private'),
    );
    // An instance that is on the public network alone has none: nobody is asked anything.
    if (seen.instances.length > 0 && !isInside) return [];
    const recall = () => NodeMemory.of(temporal, place);
    const look = () => floatingIpsBefore(project, place, seen.instances, { memory, recall });
    return isRollback ? untilAllowed(look) : look();
  }

  /**
   * A destroy that is reset long after its end must not delete what has come since. A thing's age only spares it: a destroy
   * that somebody asks for anew deletes it.
   */
  async function sinceReset(memory: NodeMemory, seen: Marked): Promise<string[]> {
    const first = await firstBeginning(temporal);
    return identifiersOf(seen)
      .filter(({ id, created }) => Date.parse(created) > first.at || memory.isWantedSince(id, first))
      .map(({ id }) => id);
  }

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

/** Whoever is refused is told what stood, and is left alone. */
function withStood(failure: Error, baseline: Baseline): Error {
  const details = failure instanceof ApplicationFailure ? stepDetails(failure) : undefined;
  if (details) details.stood = { project: baseline.place.project, spared: baselineIdentifiers(baseline) };
  return failure;
}

function asHistoriesHaveIt(request: Workflows[NodeType]['request']): CheckedRequest<NodeType> {
  if ('flavor' in request) return checkedSpec(request);
  return 'steps' in request ? checkedDeploy(request) : request;
}
