import { ActivityFailure, CancellationScope, isCancellation, workflowInfo } from '@temporalio/workflow';
import { DEFAULT_PROJECT, STEPS, fleetWorkflowId } from '../../contract/index.ts';
import type { FleetBeginning, FleetResult, FleetSpec } from '../../contract/index.ts';
import type { FleetType } from '../../contract/schemas/workflow-types.ts';
import { errorOf } from '../../contract/unknown.ts';
import { NOTHING_DONE, runFailure } from './failure.ts';
import { Fleet, type FleetInput, type Underway } from './fleet.ts';
import {
  NOTHING_YET,
  numbersByRegion,
  wasReset,
  type FleetEnding,
  type FleetRequest,
  type FleetSoFar,
} from './fleet-tally.ts';
import { Journal } from './journal.ts';
import { asChildUnderOwnId, isUnderOwnId } from './lock.ts';
import { refuseNoRequest } from './request.ts';
import type { Activity } from './saga.ts';

/**
 * Runs a story on a fleet: the lock (the workflow id is the fleet), what stands before, many nodes at once, each a
 * workflow of its own, the rollback of all of them, and new runs before a history becomes too long.
 */
export async function onFleet<Request extends FleetRequest>(
  type: FleetType,
  input: FleetInput,
  carried: FleetSoFar<Request> | undefined,
  begin: Activity<[unknown], FleetBeginning<Request>>,
  story: (fleet: Fleet<Request>) => Promise<FleetEnding | null>,
): Promise<FleetResult> {
  refuseNoRequest(input);
  const asked = { type, input, workflowId: fleetWorkflowId(input) };
  if (!isUnderOwnId(asked)) return asChildUnderOwnId(asked);
  const root = CancellationScope.current();
  // A stranger may send a second argument, too: only a run that continues another has been sent one by us.
  const soFar = workflowInfo().continuedFromExecutionRunId === undefined ? undefined : carried;
  let fleet: Fleet<Request> | undefined;
  const journal = new Journal(type, () => fleet?.progress() ?? NOTHING_YET, soFar?.journal);
  const run: Underway = { type, input, journal, isCancelled: () => root.consideredCancelled };
  try {
    fleet = new Fleet(run, soFar ?? (await baseline(run, begin)));
    fleet.ending ??= await story(fleet);
    return await fleet.end();
  } catch (error) {
    journal.fails(errorOf(error));
    throw error;
  } finally {
    journal.close();
  }
}

/** What a fleet begins with, once for all its runs. Before it nothing is done, so when it fails nothing is undone. */
async function baseline<Request extends FleetRequest>(
  { input, journal, isCancelled }: Underway,
  begin: Activity<[unknown], FleetBeginning<Request>>,
): Promise<FleetSoFar<Request>> {
  journal.began(STEPS.baseline, [input]);
  try {
    const { request, standing } = await begin.executeWithOptions(
      { summary: journal.summary(STEPS.baseline) },
      [input],
    );
    journal.done(STEPS.baseline);
    const stood = numbersByRegion(request.name, standing);
    return { request, stood, fates: '', failed: [], makers: [], full: [], ending: null };
  } catch (error) {
    journal.failed(STEPS.baseline, error);
    if (!(error instanceof ActivityFailure) && !isCancellation(error)) throw error;
    const how = { cancelled: isCancelled(), step: STEPS.baseline, undoing: NOTHING_DONE, spared: [] };
    const failure = runFailure({ error, ...how });
    // What was no request then is none now: nothing has been made by it.
    if (!wasReset() || !('count' in input) || failure.type === 'InvalidSpec') throw failure;
    // The run before the reset has made nodes already. They are rolled back, although this baseline has failed.
    const type = isCancelled() ? 'Cancelled' : 'FleetIncomplete';
    const ending = { type, message: failure.message, rollsBack: true } as const;
    // No story is told with it: its ending is there, and a rollback asks for nothing more.
    const request = unchecked(input) as Request;
    return { request, stood: {}, fates: '', failed: [], makers: [], full: [], ending };
  }
}

/** As much of a request as a rollback needs. */
function unchecked({ project, name, count, regions, node }: FleetSpec): FleetRequest {
  return {
    project: project ?? node.project ?? DEFAULT_PROJECT,
    name,
    count,
    regions: regions ?? (node.region === undefined ? [] : [node.region]),
  };
}
