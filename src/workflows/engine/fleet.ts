import {
  ActivityFailure,
  CancellationScope,
  isCancellation,
  makeContinueAsNewFunc,
  workflowInfo,
} from '@temporalio/workflow';
import { LISTED, STEPS, leftThing, nodeWorkflowId } from '../../contract/index.ts';
import type {
  DestroyFleetInput,
  FleetNode,
  FleetNodeFate,
  FleetProgress,
  FleetResult,
  FleetSeen,
  FleetSpec,
  Identifier,
  StepName,
  Workflows,
} from '../../contract/index.ts';
import { required } from '../../contract/required.ts';
import type { FleetType } from '../../contract/schemas/workflow-types.ts';
import { timing } from '../../contract/timing.ts';
import { inMemo, readMemo, runDetails } from '../../contract/wire.ts';
import { applicationFailure, failureOfRun, saying, wasCancelled } from './failure.ts';
import { rollBack } from './fleet-rollback.ts';
import {
  FleetTally,
  keep,
  makersOf,
  numbersByRegion,
  type FleetEnding,
  type FleetRequest,
  type FleetSoFar,
  type Member,
} from './fleet-tally.ts';
import type { Journal } from './journal.ts';
import { runUnderOwnId, type UnderOwnId } from './lock.ts';
import { observe } from './proxies.ts';
import { HistoryIsLong, Starts } from './starts.ts';

export type FleetInput = FleetSpec | DestroyFleetInput;

interface EachOptions {
  atOnce: number;
  /** Asked after each: what runs is cancelled then, and no more begins. */
  stops?: () => boolean;
}

/** What a fleet needs of the run that works on it. */
export interface Underway {
  type: FleetType;
  input: FleetInput;
  journal: Journal;
  isCancelled: () => boolean;
}

/** Where nobody has told this run the id: what stands is named all the same, so that a person can look for it. */
const UNKNOWN_ID = '';

export class Fleet<Request extends FleetRequest> {
  readonly request: Request;
  readonly tally: FleetTally;
  readonly full: Set<string>;
  ending: FleetEnding | null;
  readonly #run: Underway;
  readonly #soFar: FleetSoFar<Request>;
  readonly #makers: string[];
  /** What the nodes' own runs have told this run, in the order in which they ended. */
  readonly #told = new Map<number, FleetNode>();
  /** Of nodes whose own run somebody has reset, the run that made them: it signs with its own id. */
  readonly #resets: Map<number, string>;
  readonly #left: Identifier[] = [];
  readonly #undone: Identifier[];
  readonly #running = new Map<number, FleetProgress['slowest'][number]>();
  readonly #starts = new Starts(() => workflowInfo().continueAsNewSuggested);
  #isStopped = false;

  constructor(run: Underway, soFar: FleetSoFar<Request>) {
    this.#run = run;
    this.#soFar = soFar;
    this.#makers = makersOf(soFar.makers);
    this.request = soFar.request;
    this.tally = new FleetTally(soFar);
    this.full = new Set(soFar.full);
    this.ending = soFar.ending;
    this.#undone = [...(soFar.undone ?? [])];
    this.#resets = new Map(soFar.resets);
  }

  /** Does something to each that has not begun, so many at once, until all are done or `stops` says so. */
  async each(options: EachOptions, act: (member: Member, index: number) => Promise<void>): Promise<void> {
    const waiting = this.tally.which('waiting');
    await this.eachOf(STEPS.nodes, waiting, options, (index) => act(this.tally.member(index), index));
    this.isDone(STEPS.nodes);
  }

  /** When the history becomes long, what runs is finished first: children are cancelled when their parent continues. */
  async eachOf<T>(
    step: StepName,
    all: T[],
    { atOnce, stops = () => false }: EachOptions,
    act: (one: T) => Promise<void>,
  ): Promise<void> {
    const { journal } = this.#run;
    journal.goesOn(step, this.#inNumbers());
    const scope = new CancellationScope();
    let next = 0;
    let isCut = false;
    const isOver = () => isCut || scope.consideredCancelled || workflowInfo().continueAsNewSuggested;
    const lane = async () => {
      while (next < all.length && !isOver()) {
        const one = required(all[next], 'the next one of the fleet');
        next += 1;
        try {
          await act(one);
        } catch (error) {
          if (!(error instanceof HistoryIsLong)) throw error;
          isCut = true;
        }
        journal.tell(step, this.#inNumbers());
        if (stops()) {
          this.#isStopped = true;
          scope.cancel();
        }
      }
    };
    await scope.run(() => Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, lane)));
    if ((isCut || next < all.length) && !scope.consideredCancelled) await this.#continue();
  }

  isDone(step: StepName): void {
    this.#run.journal.done(step, this.#inNumbers());
  }

  async #continue(): Promise<never> {
    const { tally, ending, full } = this;
    const { request, stood } = this.#soFar;
    const { memo } = workflowInfo();
    const isCancelled = ending?.type === 'Cancelled';
    const next = makeContinueAsNewFunc<
      (input: FleetInput, soFar: FleetSoFar<Request>) => Promise<FleetResult>
    >({ ...(isCancelled && { memo: { ...memo, ...inMemo({ ...readMemo(memo), isCancelled }) } }) });
    return next(this.#run.input, {
      request,
      stood,
      fates: tally.letters, // (rule 27)
      failed: tally.failed,
      undone: this.#undone,
      makers: this.#makers,
      resets: [...this.#resets], // (rule 29r)
      full: [...full],
      ending,
      journal: this.#run.journal.soFar,
    });
  }

  isCancelled(): boolean {
    return this.#run.isCancelled();
  }

  /** Nothing more begins, and what runs has been asked to undo itself. */
  isStopping(): boolean {
    return this.#isStopped || this.isCancelled();
  }

  /** Runs a node's own workflow, or joins the one that does the same, and begins again where that is cancelled. */
  async run<Type extends 'provisionNodeWithVolume' | 'destroyNode'>(
    index: number,
    type: Type,
    input: Workflows[Type]['input'],
    labels: Record<string, string> = {},
  ): Promise<UnderOwnId<Type>> {
    const { name, region } = input;
    const maker = this.#makers.at(-1);
    const starts = this.#starts;
    this.#running.set(index, { name, region, startedAt: new Date().toISOString() });
    try {
      for (;;)
        try {
          const memo = inMemo({ fleet: workflowInfo().workflowId, ...(maker && { maker }), labels });
          return await runUnderOwnId({ type, input, workflowId: nodeWorkflowId(input) }, memo, { starts });
        } catch (error) {
          const hadJoined = error instanceof ActivityFailure && wasCancelled(error);
          if (!hadJoined || isCancellation(error)) throw error;
        }
    } finally {
      this.#running.delete(index);
    }
  }

  has(index: number, fate: 'made' | 'adopted' | 'destroyed', node: FleetNode): void {
    this.tally.became(index, fate);
    this.#told.set(index, node);
  }

  /** Somebody has reset a node's own run, and the fleet was told by the one that went on. */
  wasReset(index: number, runId: string): void {
    this.#resets.set(index, runId);
  }

  /** These stay at OVH although no node of the fleet has them: its result, or its failure, names them. */
  leaves(things: Identifier[]): void {
    keep(this.#left, things);
  }

  undoes(things: Identifier[]): void {
    keep(this.#undone, things);
  }

  /** What a node's own run says of why it failed. `keeps`: its spec says that what it made stays then. */
  fails(index: number, region: string, error: unknown, { keeps = false } = {}): void {
    if (error instanceof HistoryIsLong) throw error;
    const failure = applicationFailure(error);
    const left = runDetails(failure)?.left ?? [];
    this.leaves(left);
    // Its own run was cancelled by this one and has undone all of it, so the node has not failed.
    if (left.length === 0 && wasCancelled(error) && this.isStopping())
      return this.tally.became(index, this.#run.type === 'destroyFleet' ? 'waiting' : 'stopped');
    // A cancelled run undoes all of it, so what it leaves somebody has told it to keep.
    const isKept = left.length > 0 && (wasCancelled(error) || !keeps);
    this.tally.became(index, failure ? (isKept ? 'kept' : 'failed') : 'terminated');
    this.tally.failedWith(index, region, error);
  }

  /** The nodes of which this run was told, and which still are so. */
  #nodes(): FleetNode[] {
    const isSo = (fate: FleetNodeFate) => fate === 'made' || fate === 'adopted' || fate === 'destroyed';
    return [...this.#told].filter(([index]) => isSo(this.tally.fate(index))).map(([, node]) => node);
  }

  /** The id of the run that has made a node, where it was not the one that the fleet began. */
  resetOf(index: number): string[] {
    const runId = this.#resets.get(index);
    return runId === undefined ? [] : [runId];
  }

  mayStandIn(index: number): string[] {
    const known = this.#told.get(index)?.region ?? this.tally.members[index]?.home;
    return known === undefined ? (this.request.regions ?? []) : [known];
  }

  /** What OVH shows of the fleet; see the activity. */
  async look(has: number[], { isForRollback = false } = {}): Promise<FleetSeen> {
    const isProvisioning = this.#run.type === 'provisionFleet';
    return observe.fleetStanding({
      request: this.request,
      makers: isProvisioning ? this.#makers : undefined,
      resets: [...this.#resets.values()],
      has: isProvisioning ? has.map((index) => index + 1) : [],
      isForRollback,
    });
  }

  async end(): Promise<FleetResult> {
    if (!this.ending)
      try {
        return await this.#result();
      } catch (error) {
        // Its last look, too, is a moment at which a fleet can be cancelled.
        if (!wasCancelled(error) || !this.isCancelled()) throw error;
        const rollsBack = this.#run.type === 'provisionFleet';
        this.ending = { type: 'Cancelled', message: 'the run was cancelled', rollsBack };
      }
    const { ending } = this;
    const { nodes, left } = await CancellationScope.nonCancellable(async () =>
      ending.rollsBack ? { left: await rollBack(this), nodes: this.#nodes() } : this.#remains(),
    );
    throw this.#failure(ending, nodes, left);
  }

  /** The nodes as their own runs have told this run of the fleet; those that earlier runs were told of, as OVH shows them. */
  async #result(): Promise<FleetResult> {
    const { failed } = this.tally;
    const knowsAll = this.#soFar.fates === '' && this.tally.count('terminated') === 0;
    if (knowsAll) return { nodes: this.#nodes(), failed, left: this.#left };
    const { nodes, left } = await this.#shown();
    return { nodes, failed, left };
  }

  /** What stands of a fleet that fails and is not rolled back; where OVH does not show it, the names of the nodes. */
  async #remains(): Promise<Pick<FleetResult, 'nodes' | 'left'>> {
    const { tally } = this;
    const instance = (name: string, id: string | null = null) =>
      ({ kind: 'instance', id: id ?? UNKNOWN_ID, name }) as const;
    try {
      const { nodes, seen, left } = await CancellationScope.withTimeout(timing.lookMs, () => this.#shown());
      const made = seen.filter(({ outcome }) => outcome !== 'adopted');
      return { nodes, left: [...made.map(({ name, instanceId }) => instance(name, instanceId)), ...left] };
    } catch (error) {
      if (!(error instanceof ActivityFailure) && !isCancellation(error)) throw error;
      // When a fleet is destroyed, each node stands whose destroy has not begun.
      const waiting = this.#run.type === 'destroyFleet' ? (['waiting'] as const) : [];
      const stand = tally.which('made', 'failed', 'terminated', 'kept', ...waiting);
      const left = stand.map((index) =>
        instance(tally.member(index).name, this.#told.get(index)?.instanceId),
      );
      return { nodes: this.#nodes(), left };
    }
  }

  /** The fleet's nodes as OVH shows them, and what this run was told of those that it does not. */
  async #shown(): Promise<Pick<FleetSeen, 'nodes' | 'left'> & { seen: FleetNode[] }> {
    const { tally } = this;
    const { nodes: seen, left } = await this.look(tally.which('made', 'adopted'));
    const known = [...this.#goneNodes(), ...seen, ...this.#nodes()];
    const nodes = new Map(known.map((node) => [`${node.region} ${node.name}`, node]));
    return { nodes: [...nodes.values()], seen, left };
  }

  #goneNodes(): FleetNode[] {
    return this.tally.which('destroyed').map((index) => {
      const { name, home } = this.tally.member(index);
      const region = required(home, 'the region of a node that stood');
      return { name, region, outcome: 'destroyed', instanceId: null, address: null };
    });
  }

  #failure({ type, message }: FleetEnding, nodes: FleetNode[], standing: Identifier[]): Error {
    const left = standing.slice(0, LISTED).map((thing) => leftThing(thing));
    const { failed } = this.tally;
    // All of them: the next run of the fleet need not look for what is known to be gone.
    const destroyed = numbersByRegion(this.request.name, this.#goneNodes());
    const isDestroying = this.#run.type === 'destroyFleet';
    return failureOfRun(type, message, {
      step: STEPS.nodes,
      cause: saying(message),
      undone: this.#undone,
      left,
      spared: [],
      deploy: [],
      fleet: { nodes: nodes.slice(0, LISTED), failed, left, ...(isDestroying && { destroyed }) },
    });
  }

  progress(): FleetProgress {
    return this.tally.progress(this.#running);
  }

  #inNumbers(): string {
    const { wanted, ready, running, failed, undone } = this.progress();
    const done = this.#run.type === 'destroyFleet' ? 'destroyed' : 'ready';
    const more = [...(failed > 0 ? [`${failed} failed`] : []), ...(undone > 0 ? [`${undone} undone`] : [])];
    return [`${ready} of ${wanted} nodes ${done}`, `${running} running`, ...more].join(', ');
  }
}
