import {
  ActivityFailure,
  CancellationScope,
  continueAsNew,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import { STEPS, fleetWorkflowId, nodeWorkflowId } from '../../contract/index.ts';
import type {
  DestroyFleetInput,
  FailedNode,
  FleetBeginning,
  FleetNode,
  FleetProgress,
  FleetResult,
  FleetSpec,
  Identifier,
  Ref,
  StepName,
  Workflows,
} from '../../contract/index.ts';
import type { FleetType } from '../../contract/schemas/workflow-types.ts';
import { inMemo, runDetails } from '../../contract/wire.ts';
import { applicationFailure, failureOfRun, runFailure } from './failure.ts';
import { Journal } from './journal.ts';
import { asChildUnderOwnId, isUnderOwnId, runUnderOwnId } from './lock.ts';
import { refuseNoRequest } from './request.ts';

/** What a fleet's run has done so far: all that it takes with it when it continues as a new one. */
export interface FleetTally {
  /** How many of the wanted were begun, in their order. */
  begun: number;
  nodes: FleetNode[];
  failedCount: number;
  /** The first of them. */
  failed: FailedNode[];
  left: Identifier[];
  /** What a rollback deletes besides the nodes that this run created as a whole. */
  parts: Member[];
  undone: Identifier[];
  /** Regions that refused a node for want of stock or quota: asked last from then on. */
  full: string[];
  /** Why the run fails, once it is known: what remains is the rollback. */
  ending: FleetEnding | null;
}

export interface FleetEnding {
  type: 'FleetIncomplete' | 'Cancelled';
  message: string;
  rollsBack: boolean;
}

export interface Member {
  name: string;
  region: string;
  ifInstanceId?: string;
  only?: string[];
}

interface EachOptions {
  atOnce: number;
  /** Of all runs together; default: as before. */
  wanted?: number;
  /** Asked after each: what runs is cancelled then, and no more begins. */
  stops?: () => boolean;
}

/** A failure's details must fit one message of Temporal's, 2 MiB. */
export const LISTED = 500;

/**
 * Runs a story on a fleet: the lock (the workflow id is the fleet), what stands before, many nodes at once, each a
 * workflow of its own, the rollback of all of them, and new runs before a history becomes too long.
 */
export async function onFleet<Request>(
  type: FleetType,
  input: FleetSpec | DestroyFleetInput,
  soFar: FleetTally | undefined,
  begin: (input: unknown) => Promise<FleetBeginning<Request>>,
  story: (fleet: Fleet<Request>) => Promise<FleetEnding | null>,
): Promise<FleetResult> {
  refuseNoRequest(input);
  const asked = { type, input, workflowId: fleetWorkflowId(input) };
  if (!isUnderOwnId(asked)) return asChildUnderOwnId(asked);
  const root = CancellationScope.current();
  // A stranger may send a second argument, too: only a run that continues another has a tally.
  const before = workflowInfo().continuedFromExecutionRunId === undefined ? undefined : soFar;
  const fleet = new Fleet<Request>(type, input, before ?? emptyTally(), () => root.consideredCancelled);
  const { tally } = fleet;
  try {
    await fleet.begin(begin);
    tally.ending ??= await story(fleet);
    if (!tally.ending) return fleet.result();
    if (tally.ending.rollsBack) await CancellationScope.nonCancellable(() => fleet.rollBack());
    throw fleet.failure(tally.ending);
  } finally {
    fleet.journal.close();
  }
}

export class Fleet<Request> {
  readonly journal: Journal;
  readonly tally: FleetTally;
  readonly isCancelled: () => boolean;
  #type: FleetType;
  #input: FleetSpec | DestroyFleetInput;
  #beginning: FleetBeginning<Request> | undefined;
  #wanted = 0;
  #isStopped = false;
  /** Began in this run, and not done. */
  #running = new Map<string, { name: string; region: string; startedAt: string }>();

  constructor(
    type: FleetType,
    input: FleetSpec | DestroyFleetInput,
    tally: FleetTally,
    isCancelled: () => boolean,
  ) {
    this.#type = type;
    this.#input = input;
    this.tally = tally;
    this.isCancelled = isCancelled;
    this.journal = new Journal(type, () => this.#progress());
  }

  get request(): Request {
    return this.#begun().request;
  }

  get standing(): { name: string; region: string }[] {
    return this.#begun().standing;
  }

  /** Before it nothing is done, so when it fails nothing is undone. */
  async begin(act: (input: unknown) => Promise<FleetBeginning<Request>>): Promise<void> {
    this.journal.began(STEPS.baseline, [this.#input]);
    try {
      this.#beginning = await act(this.#input);
      this.journal.done(STEPS.baseline);
    } catch (error) {
      this.journal.failed(STEPS.baseline, error);
      if (!(error instanceof ActivityFailure) && !isCancellation(error)) throw error;
      const undoing = { undone: [], left: [], because: '' };
      throw runFailure({ error, cancelled: this.isCancelled(), step: STEPS.baseline, undoing, spared: [] });
    }
  }

  /**
   * Does something to each, so many at once, until all are done or `stops` says so. When the history becomes long, what
   * runs is finished first, because children are cancelled when their parent continues as a new run.
   */
  async each<T>(
    step: StepName,
    all: T[],
    { atOnce, wanted = this.#wanted, stops = () => false }: EachOptions,
    act: (one: T) => Promise<void>,
  ): Promise<void> {
    this.#wanted = wanted || all.length;
    this.journal.began(step, [{ about: this.#counts() }]);
    const scope = new CancellationScope();
    let next = this.tally.begun;
    const isOver = () => scope.consideredCancelled || workflowInfo().continueAsNewSuggested;
    const lane = async () => {
      while (next < all.length && !isOver()) {
        const one = all[next] as T;
        next += 1;
        await act(one);
        this.journal.tell(step, this.#counts());
        if (stops()) {
          this.#isStopped = true;
          scope.cancel();
        }
      }
    };
    await scope.run(() =>
      Promise.all(Array.from({ length: Math.min(atOnce, all.length - this.tally.begun) }, lane)),
    );
    const isCut = next < all.length && !scope.consideredCancelled;
    this.tally.begun = isCut ? next : 0;
    if (isCut)
      await continueAsNew<(input: FleetSpec | DestroyFleetInput, soFar: FleetTally) => Promise<FleetResult>>(
        this.#input,
        this.tally,
      );
    this.journal.done(step, this.#counts());
  }

  /** Nothing more begins, and what runs has been asked to undo itself. */
  isStopping(): boolean {
    return this.#isStopped || this.isCancelled();
  }

  /** Runs a node's own workflow, or joins the one that does the same. */
  async run<Type extends 'provisionNodeWithVolume' | 'destroyNode'>(
    type: Type,
    input: Workflows[Type]['input'],
    labels: Record<string, string> = {},
  ): Promise<{ result: Workflows[Type]['output']; isOwn: boolean }> {
    const { name, region } = input;
    this.#running.set(name, { name, region, startedAt: new Date().toISOString() });
    try {
      return await runUnderOwnId(
        { type, input, workflowId: nodeWorkflowId(input) },
        inMemo({ fleet: workflowInfo().workflowId, labels }),
      );
    } finally {
      this.#running.delete(name);
    }
  }

  /** What a node's own run says of why it failed. */
  fails({ name, region }: Ref, error: unknown): void {
    const failure = applicationFailure(error);
    const cause = (error as { cause?: Error }).cause ?? (error as Error);
    const left = runDetails(failure)?.left ?? [];
    const message = failure?.message ?? `its run did not end by itself: ${cause.message}`;
    this.tally.failedCount += 1;
    if (this.tally.failed.length < LISTED)
      this.tally.failed.push({
        name,
        region,
        type: failure?.type ?? 'Terminated',
        message: message.slice(0, 300),
      });
    this.keep(this.tally.left, left);
    // Whoever terminated a run left what it had made, and nobody can say what: all of it, if nothing stood before.
    const stoodBefore = this.standing.some((node) => node.name === name && node.region === region);
    if (left.length > 0) this.tally.parts.push({ name, region, only: left.map(({ id }) => id) });
    else if (!failure && !stoodBefore) this.tally.parts.push({ name, region });
  }

  /** As many as fit. */
  keep(list: Identifier[], things: Identifier[]): void {
    list.push(...things.slice(0, Math.max(0, LISTED - list.length)));
  }

  result(): FleetResult {
    const { nodes, failed, left } = this.tally;
    return { nodes, failed, left };
  }

  /** Deletes what this run made, and nothing that stood before. Runs on when the fleet is cancelled once more. */
  async rollBack(): Promise<void> {
    const { tally } = this;
    const created = tally.nodes.filter(({ outcome }) => outcome === 'created');
    const goes: Member[] = [
      ...created.map(({ name, region, instanceId }) => ({
        name,
        region,
        ...(instanceId !== null && { ifInstanceId: instanceId }),
      })),
      ...tally.parts,
    ];
    // Of what is listed here anew in each run, everything before has gone already.
    tally.begun = 0;
    await this.each(STEPS.rollback, goes, { atOnce: 100 }, async (member) => {
      await this.#undo(member);
      tally.parts = tally.parts.filter((part) => part !== member);
    });
  }

  async #undo({ name, region, ...which }: Member): Promise<void> {
    const { tally } = this;
    const node = tally.nodes.find((candidate) => candidate.name === name && candidate.region === region);
    try {
      const input = { project: this.#project(), name, region, volumes: 'delete' as const, ...which };
      const { result } = await this.run('destroyNode', input);
      this.keep(tally.undone, result.deleted);
      const gone = new Set(result.deleted.map(({ id }) => id));
      tally.left = tally.left.filter(({ id }) => !gone.has(id));
      if (node) node.outcome = 'destroyed';
    } catch (error) {
      // Somebody has made another node of it meanwhile: it is theirs.
      if (node) node.outcome = 'adopted';
      this.fails({ name, region }, error);
    }
  }

  failure({ type, message }: FleetEnding): Error {
    const { undone, failed, left } = this.tally;
    const nodes = this.tally.nodes.filter(({ outcome }) => outcome !== 'destroyed').slice(0, LISTED);
    const made = nodes.filter(({ outcome }) => outcome === 'created' || outcome === 'completed');
    const remains = made.map(({ name, instanceId }) => ({
      kind: 'instance' as const,
      id: instanceId ?? '',
      name,
    }));
    return failureOfRun(type, message, {
      step: STEPS.nodes,
      cause: { status: null, ovhClass: null, message, queryId: null },
      undone,
      left: [...remains, ...left],
      spared: [],
      fleet: { nodes, failed, left },
    });
  }

  #project(): string {
    return (this.request as { project: string }).project;
  }

  #progress(): FleetProgress {
    const { nodes, failedCount } = this.tally;
    const running = [...this.#running.values()];
    const ready = nodes.length;
    return {
      wanted: this.#wanted,
      ready,
      running: running.length,
      waiting: Math.max(0, this.#wanted - ready - failedCount - running.length),
      failed: failedCount,
      slowest: running.sort((a, b) => a.startedAt.localeCompare(b.startedAt)).slice(0, 10),
    };
  }

  #counts(): string {
    const { nodes, failedCount, undone } = this.tally;
    const done = this.#type === 'destroyFleet' ? 'destroyed' : 'ready';
    const failed = failedCount > 0 ? `, ${failedCount} failed` : '';
    const deleted = undone.length > 0 ? `, ${undone.length} things deleted again` : '';
    return `${nodes.length} of ${this.#wanted} nodes ${done}, ${this.#running.size} running${failed}${deleted}`;
  }

  #begun(): FleetBeginning<Request> {
    if (!this.#beginning) throw new Error('The baseline has not been taken yet.');
    return this.#beginning;
  }
}

function emptyTally(): FleetTally {
  return {
    begun: 0,
    nodes: [],
    failedCount: 0,
    failed: [],
    left: [],
    parts: [],
    undone: [],
    full: [],
    ending: null,
  };
}
