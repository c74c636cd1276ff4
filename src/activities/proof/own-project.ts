import { hostname } from 'node:os';
import { Context } from '@temporalio/activity';
import type { ApplicationFailure } from '@temporalio/common';
import type { Place } from '../../contract/index.ts';
import { timing } from '../../contract/timing.ts';
import type { Attempt } from '../exactly-once/attempt.ts';
import { markOf, signOf } from '../../identity/mark.ts';
import type { ServedProject, ServedProjects } from '../project.ts';
import { finalFailure, givenBack } from '../exactly-once/to-failure.ts';

/**
 * The project of a run's place. Nothing that was sent is believed: the worker computes whose the place is from its own
 * configuration, and Temporal says which run this is.
 *
 * @throws WasReset where another run took the baseline, WrongWorker, to be tried again, where this worker knows another
 *   project or owner by the alias: asked by it, OVH would say 404 of all that stands.
 */
export function ownProject(
  projects: ServedProjects,
  place: Place,
  attempt?: Pick<Attempt, 'passOn'>,
): ServedProject {
  refuseAnotherRun(place); // (rule 21)
  const project = projects.find(place.project);
  const isRight =
    project?.projectId === place.projectId &&
    project.owner === place.owner &&
    place.mark === markOf(project.identity(place.region), place.node) &&
    place.sign === signOf(place.maker ?? place.runId);
  if (isRight) return project; // (rule 22)
  // Nothing was sent, so the next attempt must not take this one for a lost answer.
  attempt?.passOn();
  throw wrongWorker(place, project);
}

/** A reset dispatches what was pending again, with what the run before it had decided. */
function refuseAnotherRun({ runId }: Place): void {
  const own = Context.current().info.workflowExecution?.runId;
  if (own === runId) return;
  throw finalFailure(
    'WasReset',
    `this was decided by run ${runId}, not by ${own ?? 'a workflow'}; OVH was not asked`,
  );
}

function wrongWorker(place: Place, project: ServedProject | undefined): ApplicationFailure {
  const knows = project
    ? `knows project "${place.project}" as OVH project ${project.projectId} of owner ${project.owner}`
    : `knows no project "${place.project}"`;
  return givenBack(
    'WrongWorker',
    `this worker (${process.pid}@${hostname()}) ${knows}, and the run was begun for ${place.projectId} of ${place.owner}; give all workers of the queue the same configuration`,
    timing.wrongWorkerMs,
  );
}
