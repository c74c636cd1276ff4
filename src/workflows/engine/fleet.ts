import {
  ActivityFailure,
  CancellationScope,
  continueAsNew,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import { LISTED, STEPS, nodeWorkflowId } from '../../contract/index.ts';
import type {
  DestroyFleetInput,
  FleetMaker,
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
import type { FleetType } from '../../contract/schemas/workflow-types.ts';
import { inMemo, runDetails } from '../../contract/wire.ts';
import { applicationFailure, failureOfRun, wasCancelled } from './failure.ts';
import { rollBack } from './fleet-rollback.ts';
import {
  FleetTally,
  keep,
  makersOf,
  type FleetEnding,
  type FleetRequest,
  type FleetSoFar,
  type Member,
} from './fleet-tally.ts';
import type { Journal } from './journal.ts';
import { runUnderOwnId } from './lock.ts';
import { observe } from './proxies.ts';

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
  readonly #makers: FleetMaker[];
  /** What the nodes' own runs have told this run, in the order in which they ended; `runId`: which made it. */
  readonly #told = new Map<number, { node: FleetNode; runId: string | undefined }>();
  readonly #left: Identifier[] = [];
  readonly #undone: Identifier[] = [];
  readonly #running = new Map<number, FleetProgress['slowest'][number]>();
  #isStopped = false;

  constructor(run: Underway, soFar: FleetSoFar<Request>) {
    this.#run = run;
    this.#soFar = soFar;
    this.#makers = makersOf(soFar.makers);
    this.request = soFar.request;
    this.tally = new FleetTally(soFar);
    this.full = new Set(soFar.full);
    this.ending = soFar.ending;
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
    const isOver = () => scope.consideredCancelled || workflowInfo().continueAsNewSuggested;
    const lane = async () => {
      while (next < all.length && !isOver()) {
        const one = all[next] as T;
        next += 1;
        await act(one);
        journal.tell(step, this.#inNumbers());
        if (stops()) {
          this.#isStopped = true;
          scope.cancel();
        }
      }
    };
    await scope.run(() => Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, lane)));
    if (next < all.length && !scope.consideredCancelled) await this.#continue();
  }

  isDone(step: StepName): void {
    this.#run.journal.done(step, this.#inNumbers());
  }

  async #continue(): Promise<never> {
    const { tally, ending, full } = this;
    const { request, stood } = this.#soFar;
    return continueAsNew<(input: FleetInput, soFar: FleetSoFar<Request>) => Promise<FleetResult>>(
      this.#run.input,
      {
        request,
        stood,
        fates: tally.letters,
        failed: tally.failed,
        makers: this.#makers,
        full: [...full],
        ending,
        journal: this.#run.journal.soFar,
      },
    );
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
  ): Promise<{ result: Workflows[Type]['output']; isOwn: boolean }> {
    const { name, region } = input;
    const maker = this.#makers.at(-1)?.runId;
    this.#running.set(index, { name, region, startedAt: new Date().toISOString() });
    try {
      for (;;)
        try {
          const memo = inMemo({ fleet: workflowInfo().workflowId, ...(maker && { maker }), labels });
          return await runUnderOwnId({ type, input, workflowId: nodeWorkflowId(input) }, memo);
        } catch (error) {
          const hadJoined = error instanceof ActivityFailure && wasCancelled(error);
          if (!hadJoined || isCancellation(error)) throw error;
        }
    } finally {
      this.#running.delete(index);
    }
  }

  has(index: number, fate: 'made' | 'adopted' | 'destroyed', node: FleetNode, runId?: string): void {
    this.tally.became(index, fate);
    this.#told.set(index, { node, runId });
  }

  /** What stands although no node has it. */
  leaves(things: Identifier[]): void {
    keep(this.#left, things);
  }

  undoes(things: Identifier[]): void {
    keep(this.#undone, things);
  }

  /** What a node's own run says of why it failed. `keeps`: its spec says that what it made stays then. */
  fails(index: number, region: string, error: unknown, { keeps = false } = {}): void {
    const failure = applicationFailure(error);
    const left = runDetails(failure)?.left ?? [];
    this.leaves(left);
    // Its own run has undone it: there is nothing to blame the node for.
    if (left.length === 0 && wasCancelled(error) && this.isStopping())
      return this.tally.became(index, this.#run.type === 'destroyFleet' ? 'waiting' : 'stopped');
    // A cancel always undoes: what is left of it, somebody has said to keep.
    const isKept = left.length > 0 && (wasCancelled(error) || !keeps);
    this.tally.became(index, failure ? (isKept ? 'kept' : 'failed') : 'terminated');
    this.tally.failedWith(index, region, error);
  }

  told(...fates: FleetNodeFate[]): FleetNode[] {
    const told = [...this.#told].filter(([index]) => fates.includes(this.tally.fate(index)));
    return told.map(([, { node }]) => node);
  }

  /** The run that has made a node, where it told this run. */
  runOf(index: number): string[] {
    const { runId } = this.#told.get(index) ?? {};
    return runId === undefined ? [] : [runId];
  }

  mayStandIn(index: number): string[] {
    const known = this.#told.get(index)?.node.region ?? this.tally.members[index]?.home;
    return known === undefined ? (this.request.regions ?? []) : [known];
  }

  /** What OVH shows of the fleet; see the activity. */
  async look(has: number[], { isForRollback = false } = {}): Promise<FleetSeen> {
    const isProvisioning = this.#run.type === 'provisionFleet';
    return observe.fleetStanding({
      request: this.request,
      makers: isProvisioning ? this.#makers : undefined,
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
    const left = await CancellationScope.nonCancellable(() =>
      ending.rollsBack ? rollBack(this) : this.#remains(),
    );
    throw this.#failure(ending, left);
  }

  /** What this run was told, and of what earlier runs were told what OVH shows. */
  async #result(): Promise<FleetResult> {
    const { tally } = this;
    const { failed } = tally;
    const told = this.told('made', 'adopted', 'destroyed');
    const knowsAll = this.#soFar.fates === '' && tally.count('terminated') === 0;
    if (knowsAll) return { nodes: told, failed, left: this.#left };
    const { nodes, left } = await this.look(tally.which('made', 'adopted'));
    const toldOf = new Set(told.map(({ name, region }) => `${region} ${name}`));
    const gone = tally.which('destroyed').map((index) => {
      const { name, home: region = '' } = tally.member(index);
      return { name, region, outcome: 'destroyed' as const, instanceId: null, address: null };
    });
    const earlier = [...nodes, ...gone].filter(({ name, region }) => !toldOf.has(`${region} ${name}`));
    return { nodes: [...earlier, ...told], failed, left };
  }

  /** What stands of a fleet that fails and is not rolled back; where OVH does not show it, the names of the nodes. */
  async #remains(): Promise<Identifier[]> {
    const { tally } = this;
    const instance = (name: string, id: string | null = null) =>
      ({ kind: 'instance', id: id ?? UNKNOWN_ID, name }) as const;
    try {
      const has = tally.which('made', 'adopted');
      const { nodes, left } = await CancellationScope.withTimeout('1 minute', () => this.look(has));
      const made = nodes.filter(({ outcome }) => outcome !== 'adopted');
      return [...made.map(({ name, instanceId }) => instance(name, instanceId)), ...left].slice(0, LISTED);
    } catch (error) {
      if (!(error instanceof ActivityFailure) && !isCancellation(error)) throw error;
      // Of a fleet that is destroyed everything stood that has not been begun.
      const waiting = this.#run.type === 'destroyFleet' ? (['waiting'] as const) : [];
      const stand = tally.which('made', 'failed', 'terminated', 'kept', ...waiting).slice(0, LISTED);
      return stand.map((index) => instance(tally.member(index).name, this.#told.get(index)?.node.instanceId));
    }
  }

  #failure({ type, message }: FleetEnding, left: Identifier[]): Error {
    const nodes = this.told('made', 'adopted', 'destroyed').slice(0, LISTED);
    return failureOfRun(type, message, {
      step: STEPS.nodes,
      cause: { status: null, ovhClass: null, message, queryId: null },
      undone: this.#undone,
      left,
      spared: [],
      fleet: { nodes, failed: this.tally.failed, left },
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
