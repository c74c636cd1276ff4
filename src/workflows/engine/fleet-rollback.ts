import { STEPS, fleetNodeNumber } from '../../contract/index.ts';
import type { FleetSeen, Identifier } from '../../contract/index.ts';
import type { Fleet } from './fleet.ts';
import type { FleetRequest } from './fleet-tally.ts';
import { HistoryIsLong } from './starts.ts';

/** A node that goes, and the runs whose things go. */
interface Going {
  index: number;
  region: string;
  madeBy: string[];
}

/**
 * Deletes what a fleet has made, as its sign proves, and nothing else: neither what stood before, nor what somebody else
 * made, or was delivered since. Nobody else's run is cancelled: it is waited for.
 *
 * @returns what is left: what somebody said to keep, and what could not be deleted
 */
export async function rollBack(fleet: Fleet<FleetRequest>): Promise<Identifier[]> {
  const unknown: Identifier[] = [];
  for (;;) {
    const seen = await fleet.look(fleet.tally.which('made'), { isForRollback: true }); // (rule 23)
    const goes = going(fleet, seen);
    await fleet.eachOf(STEPS.rollback, goes, { atOnce: 100 }, async (one) => {
      unknown.push(...(await undo(fleet, one)));
    });
    if (goes.length > 0) continue;
    fleet.isDone(STEPS.rollback);
    return [...seen.left, ...unknown]; // (rule 25)
  }
}

/**
 * Where anything stands that the fleet has made, and wherever else it may: lists can hide what a run said that it has made,
 * and nobody knows what a run made that was terminated, or has under way since a reset.
 */
function going(fleet: Fleet<FleetRequest>, { nodes, others, makers }: FleetSeen): Going[] {
  const { tally, request } = fleet;
  const regions = new Map<number, Set<string>>();
  const add = (index: number, region: string) =>
    regions.set(index, (regions.get(index) ?? new Set()).add(region));
  for (const { name, region } of nodes) add((fleetNodeNumber(request.name, name) ?? 0) - 1, region);
  for (const [region, numbers] of Object.entries(others))
    for (const number of numbers) add(number - 1, region);
  // By what the look has answered: a run that was reset here repeats what the run before it has made of that.
  const wasReset = makers.length > 1;
  const unseen = tally.which('made', 'terminated', ...(wasReset ? (['waiting', 'stopped'] as const) : []));
  for (const index of unseen)
    if (!regions.has(index)) for (const region of fleet.mayStandIn(index)) add(index, region);
  return [...regions]
    .filter(([index]) => !['kept', 'left'].includes(tally.fate(index)))
    .flatMap(([index, where]) => {
      const madeBy = [...makers, ...fleet.resetOf(index)];
      return [...where].map((region) => ({ index, region, madeBy }));
    });
}

/** @returns What stays at a node whose own run was terminated: nobody knows whether one that was reset before made it. */
async function undo(fleet: Fleet<FleetRequest>, { index, region, madeBy }: Going): Promise<Identifier[]> {
  const { tally, request } = fleet;
  const { name } = tally.member(index);
  const policy = { volumes: 'delete', ifBusy: 'wait', madeBy } as const;
  try {
    const where = { project: request.project, name, region };
    const { result } = await fleet.run(index, 'destroyNode', { ...where, ...policy });
    fleet.undoes(result.deleted);
    const fate = tally.fate(index);
    // What stays although the fleet made it has been delivered to somebody else.
    if (result.deleted.length === 0 && result.kept.length > 0) tally.became(index, 'kept');
    else if (fate === 'terminated') tally.became(index, 'failed');
    else if (fate !== 'failed' && fate !== 'left') tally.became(index, 'undone');
    return fate === 'terminated' ? result.kept : [];
  } catch (error) {
    if (error instanceof HistoryIsLong) throw error;
    tally.became(index, 'left');
    tally.failedWith(index, region, error);
    return [];
  }
}
