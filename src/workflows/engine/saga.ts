import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  TemporalFailure,
  defineUpdate,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { ActivityFunctionWithOptions } from '@temporalio/workflow';
import { STEPS, nodeWorkflowId, thingsOf } from '../../contract/index.ts';
import type {
  Attachment,
  Baseline,
  BeginAgain,
  Beginning,
  CheckedRequest,
  Created,
  DestroyPolicy,
  Identifier,
  Reduced,
  Reduction,
  Ref,
  ServerTime,
  StepResult,
  Standing,
  StepName,
  UndoThing,
  Workflows,
} from '../../contract/index.ts';
import type { NodeType } from '../../contract/schemas/workflow-types.ts';
import { isOfType, readMemo, type StepFailureType } from '../../contract/wire.ts';
import { applicationFailure, isKnownNotApplied, runFailure, toldOf, withReason } from './failure.ts';
import type { Undoing } from './failure.ts';
import { Journal } from './journal.ts';
import { asChildUnderOwnId, isUnderOwnId } from './lock.ts';
import { observe, undo } from './proxies.ts';
import { refuseNoRequest } from './request.ts';
import { countRun, outcomeOf } from './run-metrics.ts';

type Activity<Args extends unknown[], Result> = ActivityFunctionWithOptions<
  (...args: Args) => Promise<Result>
>;

/** Stops a rollback that is under way, and leaves what is there. Refused when nothing is being rolled back. */
export const keepUpdate = defineUpdate<void>('keep');

/** What a story is told with. */
export interface Saga<Type extends NodeType> {
  /** The request, checked and with every default. */
  readonly request: CheckedRequest<Type>;
  readonly baseline: Baseline;
  /** What this run has made so far. */
  readonly made: readonly Created[];
  /** How long each step took, in milliseconds. */
  timing(): { totalMs: number; steps: Record<string, number> };
  /** One act, with its name everywhere: in Temporal's UI, in progress, in the failure. */
  step<Args extends unknown[], Result>(
    name: StepName,
    act: Activity<Args, Result>,
    ...args: Args
  ): Promise<Result>;
  /** A step that makes something; its undo is known before it is done. */
  create<Args extends unknown[]>(
    name: StepName,
    act: Activity<Args, Created>,
    ...args: Args
  ): Promise<Created>;
  /** A step that attaches a volume; its undo is known before it is done. */
  attach<Args extends unknown[]>(
    name: StepName,
    act: Activity<[Attachment & Pick<Baseline, 'place'>, ...Args], Pick<Created, 'unclear'> | undefined>,
    what: Attachment,
    ...args: Args
  ): Promise<void>;
  /** What became of a deploy step, for the failure that may yet come; `sentence`: what its message shall say of it. */
  deployed(result: StepResult, sentence?: string): void;
  /** Branches side by side. When one fails the others are cancelled, and all have settled before it throws. */
  all<Results extends unknown[]>(
    ...branches: { [K in keyof Results]: () => Promise<Results[K]> }
  ): Promise<Results>;
  /**
   * Ends once lists show all that the run knows and nothing else under the mark; deletes what is proven to be more than
   * was asked for. Answers what the run has seen as OVH shows it then.
   */
  count(seen: Standing): Promise<Standing>;
  /** Deletes the node, thing by thing as each is seen. From its first DELETE on it always finishes. */
  destroy(policy: DestroyPolicy): Promise<Reduced>;
  /** Deletes these of the node's things and nothing else. From its first DELETE on it always finishes. */
  delete(things: Identifier[]): Promise<Reduced>;
}

/**
 * Runs a story on a node: the lock (the workflow id is the node), the baseline, the undo, and the one failure.
 * Whatever happens in the story, afterwards OVH holds what the story returned, or what the baseline saw.
 *
 * The story begins again, with nothing believed of what it knew, where the run was reset, and once where it has made way
 * for something that its baseline had not seen: what stands is then seen, and adopted if it is whole.
 */
export async function onNode<Type extends NodeType>(
  type: Type,
  input: Workflows[Type]['input'],
  story: (saga: Saga<Type>) => Promise<Workflows[Type]['output']>,
): Promise<Workflows[Type]['output']> {
  refuseNoRequest(input);
  const asked = { type, input, workflowId: nodeWorkflowId(input) };
  if (!isUnderOwnId(asked)) return asChildUnderOwnId(asked);

  const root = CancellationScope.current();
  const journal = new Journal(type);
  try {
    for (let again = atFirst(); ;) {
      const run = new NodeRun<Type>(journal);
      try {
        await run.begin(type, input, again);
        // A scope of its own: cancelling it must not cancel the undo below.
        const result = await CancellationScope.cancellable(() => story(run));
        // Reset to its last task a run would tell an old success once more.
        if (!run.wasReset()) {
          countRun(type, run.project, outcomeOf(result));
          return result;
        }
        again = 'reset';
      } catch (error) {
        // A fault of our own code must not roll back a healthy node: the task fails, and goes on once it is mended.
        if (!(error instanceof TemporalFailure)) throw error;
        const cancelled = root.consideredCancelled;
        const next = await run.failed(error, { type, input, cancelled, again });
        if ('failure' in next) {
          countRun(type, run.project, outcomeOf(next.failure));
          throw next.failure;
        }
        ({ again } = next);
      }
      journal.beginsAgain(AGAIN[again]);
    }
  } finally {
    journal.close();
  }
}

const AGAIN = {
  reset: 'This run was reset: what it knew is no proof any more, so it begins with a new baseline.',
  'gave way': 'This run has made way for what somebody else has made, and looks at it with a new baseline.',
} as const;

type Again = keyof typeof AGAIN;

/** A reset to before the baseline takes it again at once, with what was under way still on its way. */
function atFirst(): BeginAgain {
  const { runId, originalExecutionRunId } = workflowInfo();
  return runId === originalExecutionRunId ? null : 'reset';
}

/** The run of the fleet that has begun this one. */
function fleetRun(): string | null {
  const { memo, parent } = workflowInfo();
  const { fleet, maker } = readMemo(memo);
  return parent !== undefined && parent.workflowId === fleet ? (maker ?? null) : null;
}

/** What a run knows since its baseline. One that begins again is another `NodeRun`: nothing is carried over. */
class NodeRun<Type extends NodeType> implements Saga<Type> {
  readonly journal: Journal;
  readonly made: Created[] = [];
  #beginning: Beginning<CheckedRequest<Type>> | undefined;
  #attachments: Attachment[] = [];
  #deploy: StepResult[] = [];
  #sentences: string[] = [];
  /** Creates whose outcome nobody knows for certain: OVH may show what they made until the settle window ends. */
  #unclear = new Set<string>();
  /** When the last unclear create ended. */
  #unclearAt: ServerTime = 0;
  /** When the last attach ended that OVH may still apply. */
  #attachUnclearAt: ServerTime | null = null;
  /** While it is rolled back. */
  #rollback: CancellationScope | undefined;
  #isKept = false;

  constructor(journal: Journal) {
    this.journal = journal;
    setHandler(keepUpdate, () => this.#keep(), {
      description: 'Stops the rollback; the failure lists what is left',
      validator: () => {
        if (!this.#rollback) throw new Error('nothing is being rolled back');
      },
    });
  }

  get request(): CheckedRequest<Type> {
    return this.#begun().request;
  }

  get baseline(): Baseline {
    return this.#begun().baseline;
  }

  /** `none` before the baseline, when nobody has said that there is such a project. */
  get project(): string {
    return this.#beginning?.baseline.place.project ?? 'none';
  }

  /** Rule 1: before the baseline nothing is done, so nothing is undone. */
  get spared(): Identifier[] {
    return this.#beginning ? baselineIdentifiers(this.baseline) : [];
  }

  async begin(type: Type, input: Ref, again: BeginAgain): Promise<void> {
    const beginning = await this.step(STEPS.baseline, observe.beginning, type, input, again, fleetRun());
    this.#beginning = beginning as Beginning<CheckedRequest<Type>>;
  }

  /** Its baseline was taken by the run that was reset. Asked only at its end: in between each act finds it out itself. */
  wasReset(): boolean {
    return this.#beginning !== undefined && this.baseline.place.runId !== workflowInfo().runId;
  }

  /** What comes after a failure of the story: the undo and the failure of the run, or another beginning. */
  async failed(
    error: TemporalFailure,
    how: { type: Type; input: Ref; cancelled: boolean; again: BeginAgain },
  ): Promise<{ failure: Error } | { again: Again }> {
    const { cancelled, again } = how;
    const step = this.journal.failedStep();
    const ended = applicationFailure(error);
    const gaveWay = isOfType(ended, 'GaveWay');
    // What a run before a reset has made is not this run's to undo: it may have been delivered.
    let undoing: Undoing | 'reset' = 'reset';
    if (!isOfType(ended, 'WasReset')) {
      const keepsParts = !cancelled && !gaveWay && this.keepsParts(); // (rule 11)
      undoing = keepsParts ? this.left('the spec says so') : await this.undo();
    }
    if (undoing === 'reset' || this.wasReset()) {
      if (!cancelled) return { again: 'reset' };
      const undone = await CancellationScope.nonCancellable(() => this.#deleteLeftOver(how));
      const nothingLeft = { undone, left: [], because: '' };
      return {
        failure: runFailure({ error, cancelled, step, undoing: nothingLeft, spared: [], ...this.#guest }),
      };
    }
    if (gaveWay && !cancelled && again !== 'gave way' && undoing.left.length === 0)
      return { again: 'gave way' };
    return { failure: runFailure({ error, cancelled, step, undoing, spared: this.spared, ...this.#guest }) };
  }

  get #guest() {
    return { deploy: this.#deploy, sentences: this.#sentences };
  }

  /** What the run before a reset has made and not delivered, as its sign and Temporal prove. */
  async #deleteLeftOver({ type, input }: { type: Type; input: Ref }): Promise<Identifier[]> {
    const anew = new NodeRun<Type>(this.journal);
    await anew.begin(type, input, 'reset');
    const { project, region, node: name } = anew.baseline.place;
    const looked = { project, region, name, ids: [], olderThan: '1s' };
    const { leftOver } = await anew.step(STEPS.survey, observe.surveyNode, looked);
    if (leftOver.length === 0) return [];
    return (await anew.delete(leftOver.map(identifier))).deleted;
  }

  async step<Args extends unknown[], Result>(
    name: StepName,
    act: Activity<Args, Result>,
    ...args: Args
  ): Promise<Result> {
    this.journal.began(name, args);
    try {
      const result = await act.executeWithOptions(
        { activityId: name, summary: this.journal.about(name) },
        args,
      );
      this.journal.done(name);
      return result;
    } catch (error) {
      this.journal.failed(name, error);
      throw error;
    }
  }

  async create<Args extends unknown[]>(
    name: StepName,
    act: Activity<Args, Created>,
    ...args: Args
  ): Promise<Created> {
    this.#unclear.add(name);
    try {
      const created = await this.step(name, act, ...args);
      this.made.push(created); // (rule 5)
      if (!created.unclear) this.#unclear.delete(name);
      return created;
    } catch (error) {
      // A create that returned no id is unclear, whatever the error says, unless OVH's answer proved otherwise.
      if (isKnownNotApplied(error)) this.#unclear.delete(name);
      throw error;
    } finally {
      if (this.#unclear.has(name)) this.#unclearAt = Date.now();
    }
  }

  async attach<Args extends unknown[]>(
    name: StepName,
    act: Activity<[Attachment & Pick<Baseline, 'place'>, ...Args], Pick<Created, 'unclear'> | undefined>,
    what: Attachment,
    ...args: Args
  ): Promise<void> {
    this.#attachments.push(what);
    let unclear = true;
    try {
      const asked = await this.step(name, act, { place: this.baseline.place, ...what }, ...args);
      // A worker of an earlier build does not say.
      unclear = asked?.unclear ?? true;
    } catch (error) {
      unclear = !isKnownNotApplied(error);
      throw error;
    } finally {
      if (unclear) this.#attachUnclearAt = Date.now();
    }
  }

  deployed(result: StepResult, sentence?: string): void {
    this.#deploy.push(result);
    if (sentence !== undefined) this.#sentences.push(sentence);
  }

  async all<Results extends unknown[]>(
    ...branches: { [K in keyof Results]: () => Promise<Results[K]> }
  ): Promise<Results> {
    const scope = new CancellationScope();
    let first: { error: unknown } | undefined;
    const settled = await scope.run(() =>
      Promise.allSettled(
        branches.map(async (branch) => {
          try {
            return await branch();
          } catch (error) {
            first ??= { error };
            scope.cancel();
            throw error;
          }
        }),
      ),
    );
    if (first) throw first.error;
    return settled.map((result) => (result as PromiseFulfilledResult<unknown>).value) as Results;
  }

  async count(seen: Standing): Promise<Standing> {
    const { spared, baseline } = this;
    for (;;) {
      const made = this.made.map(identifier);
      const { extra, standing } = await this.step(STEPS.count, observe.count, {
        place: baseline.place,
        spared,
        made,
        unclearSince: this.#unclearSince(),
        seen,
      });
      if (extra.length === 0) return standing;
      this.journal.note(
        `OVH holds more than was asked for; deleting ${extra.map(({ name, id }) => `${name} (${id})`).join(', ')}`,
      );
      // Beside what is deleted a list may have shown no more than half: it is counted once more.
      const { deleted } = await this.#reduce(STEPS.removeExtra, { known: extra, goes: { which: 'named' } });
      // Somebody has taken it into use: it would be counted, and left alone, for ever.
      if (deleted.length === 0) throw gaveWay(takenSentence(extra));
    }
  }

  async destroy(policy: DestroyPolicy): Promise<Reduced> {
    return this.#reduceAsAsked({ known: this.spared, goes: { which: 'node', ...policy } });
  }

  async delete(things: Identifier[]): Promise<Reduced> {
    return this.#reduceAsAsked({ known: things, goes: { which: 'named' } });
  }

  keepsParts(): boolean {
    const request = this.#beginning?.request as { run?: { onFailure?: string } } | undefined;
    return request?.run?.onFailure === 'keep';
  }

  /** All that it made, as it is. */
  left(because: string): Undoing {
    return { undone: [], left: this.made.map(identifier), because };
  }

  /**
   * Back to the baseline. Without attempt limit and deaf to cancels: it ends when OVH holds nothing of this run, or when
   * somebody says that it shall be kept.
   */
  async undo(): Promise<Undoing | 'reset'> {
    const nothingWasDone =
      this.made.length === 0 && this.#unclear.size === 0 && this.#attachments.length === 0;
    if (nothingWasDone) return this.left('nothing was made');
    try {
      return { undone: await this.#rollBack(), left: [], because: '' };
    } catch (error) {
      if (isOfType(applicationFailure(error), 'WasReset')) return 'reset';
      if (!this.#isKept) throw error;
      const things = toldOf(error);
      if (things.length > 0) this.journal.left(things);
      return CancellationScope.nonCancellable(() => this.#stillThere(things));
    }
  }

  async #rollBack(): Promise<Identifier[]> {
    const stood = new Set(this.spared.map(({ id }) => id));
    const detach = this.#attachments.filter(
      ({ volumeId, instanceId, own, wasAttached }) =>
        !wasAttached && stood.has(instanceId) && (stood.has(volumeId) || !own),
    );
    // What stood before is still there when OVH applies a late attach: it is watched for the settle window.
    const attachUnclear = detach.length > 0 ? this.#attachUnclearAt : null; // (rule 7c)
    const unclear = Math.max(this.#unclearSince() ?? 0, attachUnclear ?? 0);
    const what: Reduction = {
      place: this.baseline.place,
      known: this.made.map(identifier),
      spared: [...stood],
      goes: { which: 'own' }, // (rule 1)
      detach,
      unclearSince: unclear || null,
    };
    return CancellationScope.nonCancellable(async () => {
      this.#rollback = new CancellationScope();
      const { deleted } = await this.#rollback.run(() => this.#deleted(STEPS.undo, what));
      return deleted;
    });
  }

  #keep(): void {
    this.#isKept = true;
    this.#rollback?.cancel();
  }

  /** What of this run OVH holds after a rollback was stopped halfway. */
  async #stillThere(things: UndoThing[]): Promise<Undoing> {
    const made = this.made.map(identifier);
    const found = await this.step(STEPS.left, observe.ownStanding, { place: this.baseline.place, made });
    const left = found.map((thing) => withReason(thing, things));
    const isLeft = new Set(left.map(({ id }) => id));
    const undone = made.filter(({ id }) => !isLeft.has(id));
    return { undone, left, because: 'somebody stopped the rollback' };
  }

  timing(): { totalMs: number; steps: Record<string, number> } {
    return { totalMs: Date.now() - workflowInfo().startTime.getTime(), steps: this.journal.took() };
  }

  /** What somebody asked to be deleted. A cancel that came together with the last look cancels nothing that waits. */
  async #reduceAsAsked(what: Pick<Reduction, 'known' | 'goes'>): Promise<Reduced> {
    if (CancellationScope.current().consideredCancelled)
      throw new CancelledFailure('cancelled before OVH was asked to delete anything');
    return this.#reduce(STEPS.delete, what);
  }

  async #reduce(name: StepName, what: Pick<Reduction, 'known' | 'goes'>): Promise<Reduced> {
    const all: Reduction = { place: this.baseline.place, ...what, detach: [], unclearSince: null };
    return CancellationScope.nonCancellable(() => this.#deleted(name, all)); // (rule 13)
  }

  /** A step that deletes, followed thing by thing. */
  async #deleted(name: StepName, what: Reduction): Promise<Reduced> {
    this.journal.undoing(name, thingsOf(what));
    const reduced = await this.step(name, undo.reduceTo, what);
    this.journal.undone(reduced.deleted);
    return reduced;
  }

  #unclearSince(): ServerTime | null {
    return this.#unclear.size === 0 ? null : this.#unclearAt;
  }

  #begun(): Beginning<CheckedRequest<Type>> {
    if (!this.#beginning) throw new Error('The baseline has not been taken yet.');
    return this.#beginning;
  }
}

/** Everything that a baseline saw, by id. */
export function baselineIdentifiers({ instances, volumes }: Baseline): Identifier[] {
  return [
    ...instances.map(({ id, name }) => ({ kind: 'instance' as const, id, name })),
    ...volumes.map(({ id, name }) => ({ kind: 'volume' as const, id, name })),
  ];
}

function gaveWay(message: string): Error {
  return ApplicationFailure.nonRetryable(message, 'GaveWay' satisfies StepFailureType);
}

function takenSentence(things: Identifier[]): string {
  const named = things.map(({ kind, name, id }) => `${kind} ${name} (${id})`).join(', ');
  return `${named} stands beside the node, and somebody uses it; this run has made way for it`;
}

function identifier({ kind, id, name }: Identifier): Identifier {
  return { kind, id, name };
}
