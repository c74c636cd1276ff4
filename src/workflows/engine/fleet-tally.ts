import { workflowInfo } from '@temporalio/workflow';
import { FLEET_NODE_FATES, LISTED, fleetNodeName, fleetNodeNumber } from '../../contract/index.ts';
import type { FailedNode, FleetNodeFate, FleetProgress, Identifier } from '../../contract/index.ts';
import { withinBytes } from '../../contract/in-short.ts';
import { required } from '../../contract/required.ts';
import { errorOf, messageOf } from '../../contract/unknown.ts';
import { applicationFailure } from './failure.ts';
import type { JournalSoFar } from './journal.ts';

/** What every request about a fleet says; without `count` it is about those that stand. */
export interface FleetRequest {
  project: string;
  name: string;
  count?: number;
  regions?: string[];
}

/** Why a fleet's run fails. */
export interface FleetEnding {
  type: 'FleetIncomplete' | 'Cancelled';
  message: string;
  rollsBack: boolean;
}

/** One of a fleet's nodes. */
export interface Member {
  name: string;
  /** The region in which it stood before the fleet's run; undefined: in none. */
  home: string | undefined;
}

/**
 * All that a fleet's run takes along when it continues as another: what was asked for, what stood before, and a letter
 * for what has become of each node. What the fleet has made it finds again at OVH, by the sign of its first run.
 */
export interface FleetSoFar<Request> {
  request: Request;
  /** Numbers of the nodes that stood before anything was done, by region. */
  stood: Record<string, number[]>;
  /** In the order of the nodes; empty before the first has begun. */
  fates: string;
  failed: FailedNode[];
  /** What a rollback has deleted: the first 500. */
  undone?: Identifier[];
  /** Its first run, and each that a reset has begun, as far as this run knows: their signs its nodes carry. */
  makers: string[];
  /** Of nodes whose own run somebody has reset, the run that made them; absent before there was one. */
  resets?: [index: number, runId: string][];
  /** Regions that refused a node for want of stock or quota: asked last from then on. */
  full: string[];
  /** Once it is known: what remains is the rollback. */
  ending: FleetEnding | null;
  journal?: JournalSoFar;
}

/** What has become of each node of a fleet. Every number that is told is counted in it, so the numbers add up. */
export class FleetTally {
  readonly members: Member[];
  /** The first 500 of the nodes that failed. */
  readonly failed: FailedNode[];
  readonly #fates: FleetNodeFate[];
  readonly #counts = new Map<FleetNodeFate, number>();

  constructor({ request, stood, fates, failed }: FleetSoFar<FleetRequest>) {
    this.members = membersOf(request, stood);
    this.failed = failed;
    this.#fates = this.members.map((_, index) => fateOf(fates[index]));
    for (const fate of this.#fates) this.#counts.set(fate, this.count(fate) + 1);
  }

  get letters(): string {
    return this.#fates.map((fate) => fate[0]).join('');
  }

  count(...fates: FleetNodeFate[]): number {
    return fates.reduce((sum, fate) => sum + (this.#counts.get(fate) ?? 0), 0);
  }

  get failedCount(): number {
    return this.count('failed', 'terminated', 'kept', 'left');
  }

  /** The first that failed, as the end of a sentence. */
  get example(): string {
    const [first] = this.failed;
    return first ? `, ${first.name} for one: ${first.message}` : '';
  }

  member(index: number): Member {
    return required(this.members[index], `node ${index + 1} of the fleet`);
  }

  fate(index: number): FleetNodeFate {
    return this.#fates[index] ?? 'waiting';
  }

  /** The nodes that have come to one of these fates, by their place in the order. */
  which(...fates: FleetNodeFate[]): number[] {
    return this.#fates.flatMap((fate, index) => (fates.includes(fate) ? [index] : []));
  }

  became(index: number, fate: FleetNodeFate): void {
    const before = this.fate(index);
    this.#counts.set(before, this.count(before) - 1);
    this.#counts.set(fate, this.count(fate) + 1);
    this.#fates[index] = fate;
  }

  failedWith(index: number, region: string, error: unknown): void {
    if (this.failed.length >= LISTED) return;
    const failure = applicationFailure(error);
    const cause = errorOf(error).cause ?? error;
    const message = failure?.message ?? `its run did not end by itself: ${messageOf(cause)}`;
    const { name } = this.member(index);
    this.failed.push({
      name,
      region,
      type: failure?.type ?? 'RunEnded',
      message: withinBytes(message, 200),
    });
  }

  progress(running: Map<number, FleetProgress['slowest'][number]>): FleetProgress {
    const atRest = (...fates: FleetNodeFate[]) =>
      this.count(...fates) - [...running.keys()].filter((index) => fates.includes(this.fate(index))).length; // (rule 31)
    return {
      wanted: this.members.length,
      ready: atRest('made', 'adopted', 'destroyed'),
      running: running.size,
      waiting: atRest('waiting'),
      failed: atRest('failed', 'terminated', 'kept', 'left'),
      undone: atRest('stopped', 'undone'),
      slowest: [...running.values()].sort((a, b) => a.startedAt.localeCompare(b.startedAt)).slice(0, 10),
    };
  }
}

/** The progress of a fleet before its baseline, when nobody knows its nodes. */
export const NOTHING_YET: FleetProgress = {
  wanted: 0,
  ready: 0,
  running: 0,
  waiting: 0,
  failed: 0,
  undone: 0,
  slowest: [],
};

/** Of a fleet that is made, all that were asked for; of one that is destroyed, all that stood. In their order. */
function membersOf({ name: fleet, count }: FleetRequest, stood: Record<string, number[]>): Member[] {
  const standing = Object.entries(stood).flatMap(([home, numbers]) =>
    numbers.map((number) => ({ home, number })),
  );
  if (count === undefined)
    return standing
      .sort((a, b) => a.number - b.number)
      .map(({ home, number }) => ({ name: fleetNodeName(fleet, number), home }));
  const homes = new Map(standing.map(({ home, number }) => [number, home]));
  return Array.from({ length: count }, (_, index) => ({
    name: fleetNodeName(fleet, index + 1),
    home: homes.get(index + 1),
  }));
}

/** Numbers instead of names: a run that continues as another carries ten thousand of them along. */
export function numbersByRegion(
  fleet: string,
  standing: { name: string; region: string }[],
): Record<string, number[]> {
  const stood: Record<string, number[]> = {};
  for (const { name, region } of standing) (stood[region] ??= []).push(fleetNodeNumber(fleet, name) ?? 0);
  return stood;
}

function fateOf(letter: string | undefined): FleetNodeFate {
  if (letter === undefined) return 'waiting';
  const known = FLEET_NODE_FATES.find((fate) => fate[0] === letter);
  // A later build has written it: this task waits for a worker of that build, and no node is taken for one that has not begun.
  if (!known) throw new Error(`this build does not know what a fleet means by ${letter}`);
  return known;
}

/** Adds things to a list that a failure carries: at most 500, or Temporal would refuse the failure as too large. */
export function keep(list: Identifier[], things: Identifier[]): void {
  list.push(...things.slice(0, Math.max(0, LISTED - list.length)));
}

/** Another run has begun this one's work, and may have more under way than this one knows. */
export function wasReset(): boolean {
  const { runId, originalExecutionRunId } = workflowInfo();
  return runId !== originalExecutionRunId;
}

/** The runs by whose signs a fleet's nodes are known: with the last of them those are signed that it makes from now on. */
export function makersOf(carried: string[]): string[] {
  const { runId, firstExecutionRunId } = workflowInfo();
  const before = carried.length > 0 ? carried : [firstExecutionRunId];
  return wasReset() ? [...before, runId] : before;
}
