import {
  CancellationScope,
  CancelledFailure,
  TemporalFailure,
  defineUpdate,
  patched,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { ActivityFunctionWithOptions } from '@temporalio/workflow';
import { thingsOf } from '../contract/index.ts';
import type {
  Attachment,
  Baseline,
  Beginning,
  Created,
  Identifier,
  Ref,
  Reduction,
  ServerTime,
  UndoThing,
  WorkflowType,
} from '../contract/index.ts';
import { isKnownNotApplied, runFailure, toldOf, withReason, type Undoing } from './failure.ts';
import { Journal } from './journal.ts';
import { asChildUnderOwnId, isUnderOwnId } from './lock.ts';
import { observe, undo } from './patience.ts';

type Activity<Args extends unknown[], Result> = ActivityFunctionWithOptions<
  (...args: Args) => Promise<Result>
>;

/** Stops a rollback that is under way, and leaves what is there. Refused when nothing is being rolled back. */
export const keepUpdate = defineUpdate<void>('keep');

/** What a story is told with. */
export interface Saga<Request> {
  /** The request, checked and with every default. */
  readonly request: Request;
  readonly baseline: Baseline;
  /** What this run has made so far. */
  readonly made: readonly Created[];
  /** How long each step took, in milliseconds. */
  timing(): { totalMs: number; steps: Record<string, number> };
  /** One act, with its name everywhere: in Temporal's UI, in progress, in the failure. */
  step<Args extends unknown[], Result>(
    name: string,
    act: Activity<Args, Result>,
    ...args: Args
  ): Promise<Result>;
  /** A step that makes something; its undo is known before it is done. */
  create<Args extends unknown[]>(name: string, act: Activity<Args, Created>, ...args: Args): Promise<Created>;
  /** A step that attaches a volume; its undo is known before it is done. */
  attach<Args extends unknown[]>(
    name: string,
    act: Activity<[Attachment & Pick<Baseline, 'place'>, ...Args], void>,
    what: Attachment,
    ...args: Args
  ): Promise<void>;
  /** Branches side by side. When one fails the others are cancelled, and all have settled before it throws. */
  all<Results extends unknown[]>(
    ...branches: { [K in keyof Results]: () => Promise<Results[K]> }
  ): Promise<Results>;
  /** Counts what carries the mark once lists show all that history knows, and deletes what nobody asked for. */
  count(): Promise<void>;
  /** Deletes everything that carries the mark, less what is kept. From its first DELETE on it always finishes. */
  reduceTo(keep: Identifier[]): Promise<Identifier[]>;
}

/**
 * Runs a story on a node: the lock (the workflow id is the node), the baseline, the undo, and the one failure.
 * Whatever happens in the story, afterwards OVH holds what the story returned, or what the baseline saw.
 */
export async function onNode<Request, Result>(
  type: WorkflowType,
  input: Ref,
  story: (saga: Saga<Request>) => Promise<Result>,
): Promise<Result> {
  if (!isUnderOwnId(type, input)) return asChildUnderOwnId<Result>(type, input);

  const root = CancellationScope.current();
  const run = new Run<Request>(new Journal(type));
  try {
    await run.begin(type, input);
    // A scope of its own: cancelling it must not cancel the undo below.
    return await CancellationScope.cancellable(() => story(run));
  } catch (error) {
    // A fault of our own code must not roll back a healthy node: the task fails, and goes on once it is mended.
    if (!(error instanceof TemporalFailure)) throw error;
    const cancelled = root.consideredCancelled;
    const keepParts = !cancelled && run.keepsParts(); // (rule 11)
    const step = run.journal.failedStep();
    const undoing = keepParts ? run.left('the spec says so') : await run.undo();
    throw runFailure({ error, cancelled, step, undoing, spared: run.spared });
  } finally {
    run.journal.close();
  }
}

class Run<Request> implements Saga<Request> {
  readonly journal: Journal;
  readonly made: Created[] = [];
  #beginning: Beginning<Request> | undefined;
  #attachments: Attachment[] = [];
  /** Creates whose outcome nobody knows for certain: OVH may show what they made until the settle window ends. */
  #unclear = new Set<string>();
  /** When the last unclear create ended. */
  #unclearAt: ServerTime = 0;
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

  get request(): Request {
    return this.#begun().request;
  }

  get baseline(): Baseline {
    return this.#begun().baseline;
  }

  /** Rule 1: before the baseline nothing is done, so nothing is undone. */
  get spared(): Identifier[] {
    return this.#beginning ? baselineIdentifiers(this.baseline) : [];
  }

  async begin(type: WorkflowType, input: Ref): Promise<void> {
    this.#beginning = (await this.step('baseline', observe.beginning, type, input)) as Beginning<Request>;
  }

  async step<Args extends unknown[], Result>(
    name: string,
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
    name: string,
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
    name: string,
    act: Activity<[Attachment & Pick<Baseline, 'place'>, ...Args], void>,
    what: Attachment,
    ...args: Args
  ): Promise<void> {
    this.#attachments.push(what);
    await this.step(name, act, { place: this.baseline.place, ...what }, ...args);
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

  async count(): Promise<void> {
    const known = [...baselineIdentifiers(this.baseline), ...this.made.map(identifier)];
    const { place } = this.baseline;
    const extra = await this.step('count', observe.count, { place, known, settleUntil: this.#settleUntil() });
    if (extra.length === 0) return;
    this.journal.note(
      `OVH holds more than was asked for; deleting ${extra.map(({ name, id }) => `${name} (${id})`).join(', ')}`,
    );
    await this.#reduce('remove-extra', { keep: known, known: extra, detach: [], settleUntil: null });
  }

  async reduceTo(keep: Identifier[]): Promise<Identifier[]> {
    // A cancel that came together with the last look cancels nothing that waits. Older histories have gone on.
    const isCancelled = CancellationScope.current().consideredCancelled;
    if (isCancelled && patched('cancelled-before-delete'))
      throw new CancelledFailure('cancelled before OVH was asked to delete anything');
    const known = baselineIdentifiers(this.baseline).filter(({ id }) => keep.every((kept) => kept.id !== id));
    return this.#reduce('delete', { keep, known, detach: [], settleUntil: null });
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
  async undo(): Promise<Undoing> {
    const nothingWasDone =
      this.made.length === 0 && this.#unclear.size === 0 && this.#attachments.length === 0;
    if (nothingWasDone) return this.left('nothing was made');
    try {
      return { undone: await this.#rollBack(), left: [], because: '' };
    } catch (error) {
      if (!this.#isKept) throw error;
      const things = toldOf(error);
      if (things.length > 0) this.journal.left(things);
      return CancellationScope.nonCancellable(() => this.#stillThere(things));
    }
  }

  async #rollBack(): Promise<Identifier[]> {
    const kept = new Set(this.spared.map(({ id }) => id));
    const { place } = this.baseline;
    const what = {
      place,
      keep: this.spared, // (rule 1)
      known: this.made.map(identifier),
      detach: this.#attachments.filter(
        ({ volumeId, instanceId, own, wasAttached }) =>
          !wasAttached && kept.has(instanceId) && (kept.has(volumeId) || !own),
      ),
      settleUntil: this.#settleUntil(),
    };
    // Without the patch's mark a history is older than `keep`, and its SDK let a cancel through to inner scopes.
    const isStoppable = patched('stoppable-rollback');
    return CancellationScope.nonCancellable(() => {
      if (!isStoppable) return this.#deleted('undo', what);
      this.#rollback = new CancellationScope();
      return this.#rollback.run(() => this.#deleted('undo', what));
    });
  }

  #keep(): void {
    this.#isKept = true;
    this.#rollback?.cancel();
  }

  /** What of this run OVH holds after a rollback was stopped halfway. */
  async #stillThere(things: UndoThing[]): Promise<Undoing> {
    const { place } = this.baseline;
    const known = this.spared;
    const found = await this.step('left', observe.count, { place, known, settleUntil: null });
    const left = found.map((thing) => withReason(thing, things));
    const isLeft = new Set(left.map(({ id }) => id));
    const undone = this.made.map(identifier).filter(({ id }) => !isLeft.has(id));
    return { undone, left, because: 'somebody stopped the rollback' };
  }

  timing(): { totalMs: number; steps: Record<string, number> } {
    return { totalMs: Date.now() - workflowInfo().startTime.getTime(), steps: this.journal.took() };
  }

  async #reduce(name: string, what: Omit<Reduction, 'place'>): Promise<Identifier[]> {
    const { place } = this.baseline;
    return CancellationScope.nonCancellable(() => this.#deleted(name, { place, ...what })); // (rule 13)
  }

  /** A step that deletes, followed thing by thing. */
  async #deleted(name: string, what: Reduction): Promise<Identifier[]> {
    this.journal.undoing(name, thingsOf(what));
    const deleted = await this.step(name, undo.reduceTo, what);
    this.journal.undone(deleted);
    return deleted;
  }

  #settleUntil(): ServerTime | null {
    return this.#unclear.size === 0 ? null : this.#unclearAt + this.baseline.settleMs;
  }

  #begun(): Beginning<Request> {
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

function identifier({ kind, id, name }: Identifier): Identifier {
  return { kind, id, name };
}
