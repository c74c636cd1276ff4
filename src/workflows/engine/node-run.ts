import {
  ActivityFailure,
  CancellationScope,
  CancelledFailure,
  type TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import { STEPS, baselineIdentifiers, identifier, leftThing, thingsOf } from '../../contract/index.ts';
import type {
  Attached,
  Attachment,
  Baseline,
  BeginAgain,
  Beginning,
  CheckedRequest,
  Created,
  DestroyPolicy,
  FloatingIpAct,
  FloatingIpMade,
  FloatingIpsFound,
  Identifier,
  LeftThing,
  PlanOf,
  Reduced,
  Reduction,
  Ref,
  ServerTime,
  StepResult,
  Standing,
  StepName,
  Stood,
  UndoThing,
  VolumeStatus,
} from '../../contract/index.ts';
import type { NodeType } from '../../contract/schemas/workflow-types.ts';
import { isOfType, readMemo, stepDetails } from '../../contract/wire.ts';
import { NOTHING_DONE, applicationFailure, gaveWay, runFailure, toldOf, withReason } from './failure.ts';
import type { Undoing } from './failure.ts';
import type { Journal } from './journal.ts';
import { lastLook, mutate, observe, undo } from './proxies.ts';
import { Rollback } from './rollback.ts';
import type { Activity, Saga } from './saga.ts';
import { sideBySide } from './side-by-side.ts';
import { UnclearRequests } from './unclear-requests.ts';

/** Why a story begins again. */
export type Again = NonNullable<BeginAgain>;

/** What a run knows since its baseline. One that begins again is another `NodeRun`: nothing is carried over. */
export class NodeRun<Type extends NodeType> implements Saga<Type> {
  readonly journal: Journal;
  readonly made: Created[] = [];
  #beginning: Beginning<Type> | undefined;
  /** Where it was refused before it has begun. */
  #stood: Stood | undefined;
  #attachments: Attachment[] = [];
  #deploy: StepResult[] = [];
  #sentences: string[] = [];
  readonly #unclear = new UnclearRequests();
  /** Attaches that OVH may still apply. */
  readonly #unclearAttaches = new UnclearRequests();
  /** What this run has asked for a floating IP. */
  #floatingIp: FloatingIpAct | undefined;
  readonly #unclearFloatingIp = new UnclearRequests();
  /** When OVH last took an order to tie a floating IP, which it does later. */
  #tieTakenAt: ServerTime | null = null;
  readonly #rollback = new Rollback();

  constructor(journal: Journal) {
    this.journal = journal;
  }

  get request(): CheckedRequest<Type> {
    return this.#begun().request;
  }

  get baseline(): Baseline {
    return this.#begun().baseline;
  }

  get plan(): PlanOf<Type> {
    return this.#begun().plan;
  }

  /** `none` before the baseline, when nobody has said that there is such a project. */
  get project(): string {
    return this.#beginning?.baseline.place.project ?? this.#stood?.project ?? 'none';
  }

  /** Rule 1: before the baseline nothing is done, so nothing is undone. */
  get spared(): Identifier[] {
    return this.#beginning ? baselineIdentifiers(this.baseline) : (this.#stood?.spared ?? []);
  }

  /** `step`: whether it is planned as well what is to be done. */
  async begin(type: Type, input: Ref, again: BeginAgain, step: FirstStep = FIRST_STEP[type]): Promise<void> {
    const plans = step === STEPS.preflight;
    try {
      const beginning = await this.step(step, observe.beginning, type, input, again, fleetRun(), plans);
      // Whoever asks by a type is answered with what is of this type; the type of an activity cannot say so.
      this.#beginning = beginning as Beginning<Type>;
    } catch (error) {
      this.#stood = stepDetails(applicationFailure(error))?.stood;
      throw error;
    }
  }

  /** Its baseline was taken by the run that was reset. Asked only at its end: in between each act finds it out itself. */
  wasReset(): boolean {
    return this.#beginning !== undefined && this.baseline.place.runId !== workflowInfo().runId;
  }

  /** What comes after a failure of the story: the undo and the failure of the run, or another beginning. */
  async failed(
    error: TemporalFailure,
    how: { type: Type; input: Ref; isCancelled: () => boolean; again: BeginAgain },
  ): Promise<{ failure: Error } | { again: Again }> {
    const { isCancelled, again } = how;
    const step = this.journal.failedStep();
    const ended = applicationFailure(error);
    const gaveWay = isOfType(ended, 'GaveWay');
    let undoing: Undoing | 'reset' | undefined;
    // What a run before a reset has made is not this run's to undo: it may have been delivered.
    if (isOfType(ended, 'WasReset')) undoing = 'reset';
    const keepsParts = () => !isCancelled() && !gaveWay && this.keepsParts(); // (rule 11)
    if (!undoing && keepsParts()) {
      const kept = await this.#kept();
      // A cancel may come while it looks for what is kept.
      if (keepsParts()) undoing = kept;
    }
    const cancelled = isCancelled();
    undoing ??= await this.undo();
    // Cancelled before the baseline that follows a reset, this run has done nothing, but the run before the reset may have.
    const neverBegan = cancelled && again === 'reset' && !this.#beginning;
    if (undoing === 'reset' || neverBegan || this.wasReset()) {
      if (!cancelled) return { again: 'reset' };
      const before = await CancellationScope.nonCancellable(() => this.#undoneBefore(how));
      return { failure: runFailure({ error, cancelled, step, undoing: before, spared: [], ...this.#guest }) };
    }
    if (gaveWay && !cancelled && again !== 'gave way' && undoing.left.length === 0)
      return { again: 'gave way' };
    return { failure: runFailure({ error, cancelled, step, undoing, spared: this.spared, ...this.#guest }) };
  }

  get #guest() {
    return { deploy: this.#deploy, sentences: this.#sentences };
  }

  /**
   * Takes back what this run has made before a reset and not delivered, as its sign and Temporal prove, and nothing that
   * another run has. Whatever but a provisioning is reset has made nothing.
   */
  async #undoneBefore({ type, input }: { type: Type; input: Ref }): Promise<Undoing> {
    if (type !== 'provisionNodeWithVolume') return NOTHING_DONE;
    if (this.#rollback.isKept) return this.left(STOPPED);
    const anew = new NodeRun<Type>(this.journal);
    await anew.begin(type, input, 'reset', STEPS.baseline); // (rule 37)
    const { project, region, node: name } = anew.baseline.place;
    const ofReset = { first: workflowInfo().originalExecutionRunId, maker: fleetRun() };
    const asked = { project, region, name, ofReset };
    const { leftOver, unknown, inProgress } = await anew.step(STEPS.survey, observe.surveyNode, asked);
    const left = [...unknown, ...inProgress].map((thing) => leftThing(thing, { why: thing.reason }));
    const because = left.length > 0 ? 'nothing proves that nobody wants it' : '';
    if (leftOver.length === 0) return { undone: [], left, because };
    const { deleted } = await anew.delete(leftOver.map(identifier));
    return { undone: deleted, left, because };
  }

  async step<Args extends unknown[], Result>(
    name: StepName,
    act: Activity<Args, Result>,
    ...args: Args
  ): Promise<Result> {
    this.journal.began(name, args);
    try {
      const result = await act.executeWithOptions(
        { activityId: name, summary: this.journal.summary(name) },
        args,
      );
      this.journal.done(name, null, result);
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
    const created = await this.#unclear.until(name, this.step(name, act, ...args));
    this.made.push(created); // (rule 5)
    return created;
  }

  async attach<Args extends unknown[]>(
    name: StepName,
    act: Activity<[Attachment & Pick<Baseline, 'place'>, ...Args], Attached>,
    what: Attachment,
    ...args: Args
  ): Promise<VolumeStatus | null> {
    this.#attachments.push(what);
    const { place } = this.baseline;
    const asked = this.step(name, act, { place, ...what }, ...args);
    const { attached } = await this.#unclearAttaches.until(name, asked);
    return attached;
  }

  async createFloatingIp(
    wanted: Omit<FloatingIpAct, 'place'>,
    window: { deadline: ServerTime },
  ): Promise<FloatingIpMade> {
    return this.#floating(STEPS.createFloatingIp, wanted, async (act) => {
      const made = await this.step(STEPS.createFloatingIp, mutate.createFloatingIp, act, window);
      if (made.isProven) this.made.push(made);
      return made;
    });
  }

  async associateFloatingIp(
    wanted: Omit<FloatingIpAct, 'place'>,
    window: { deadline: ServerTime },
  ): Promise<void> {
    await this.#floating(STEPS.associateFloatingIp, wanted, (act) =>
      this.step(STEPS.associateFloatingIp, mutate.associateFloatingIp, act, window),
    );
    this.#tieTakenAt = Date.now();
  }

  async #floating<Asked extends Pick<Created, 'unclear'>>(
    name: StepName,
    wanted: Omit<FloatingIpAct, 'place'>,
    ask: (act: FloatingIpAct) => Promise<Asked>,
  ): Promise<Asked> {
    this.#floatingIp = { place: this.baseline.place, ...wanted };
    return this.#unclearFloatingIp.until(name, ask(this.#floatingIp));
  }

  deployed(result: StepResult, sentence?: string): void {
    this.#deploy.push(result);
    if (sentence !== undefined) this.#sentences.push(sentence);
  }

  async all<Results extends unknown[]>(
    ...branches: { [K in keyof Results]: () => Promise<Results[K]> }
  ): Promise<Results> {
    return sideBySide<Results>(branches);
  }

  async count(seen: Standing): Promise<Standing> {
    const { spared, baseline } = this;
    for (;;) {
      const made = this.made.map(identifier);
      const { extra, standing } = await this.step(STEPS.count, observe.count, {
        place: baseline.place,
        spared,
        made,
        unclearSince: latest(this.#unclear.since, this.#unclearFloatingIp.since),
        seen,
        ...(this.#floatingIp && { floatingIp: this.#floatingIp }),
      });
      if (extra.length === 0) return standing;
      this.journal.note(
        `OVH holds more than was asked for; deleting ${extra.map(({ name, id }) => `${name} (${id})`).join(', ')}`,
      );
      // The list that showed one extra may have left out a second one, so it is counted once more.
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
    const request: CheckedRequest<NodeType> | undefined = this.#beginning?.request;
    return request !== undefined && 'run' in request && request.run.onFailure === 'keep';
  }

  /** What stays at OVH because the spec says so, with what a lost answer may have made. */
  async #kept(): Promise<Undoing | 'reset'> {
    const because = 'the spec says so';
    if (this.#unclear.since === null) return this.left(because);
    return unlessReset(() => this.#stillThere([], because));
  }

  /** Everything that this run made, left at OVH as it is. */
  left(because: string): Undoing {
    return { undone: [], left: this.made.map((thing) => leftThing(thing)), because };
  }

  /**
   * Back to the baseline. Without attempt limit and deaf to cancels: it ends when OVH holds nothing of this run, or when
   * somebody says that it shall be kept.
   */
  async undo(): Promise<Undoing | 'reset'> {
    const nothingWasDone =
      this.made.length === 0 &&
      this.#unclear.since === null &&
      this.#attachments.length === 0 &&
      this.#floatingIp === undefined;
    if (nothingWasDone) return this.left('nothing was made');
    return unlessReset(async () => {
      try {
        return await this.#rollBack();
      } catch (error) {
        if (!this.#rollback.isKept) throw error;
        const things = toldOf(error);
        if (things.length > 0) this.journal.left(things);
        return CancellationScope.nonCancellable(() => this.#stillThere(things, STOPPED));
      }
    });
  }

  async #rollBack(): Promise<Undoing> {
    return this.#rollback.run(async () => {
      const { own, unproven } = await this.#floatingIpsMade();
      const known = new Map([...this.made, ...own].map((thing) => [thing.id, identifier(thing)]));
      const { deleted } = await this.#deleted(STEPS.undo, this.#undoing([...known.values()]));
      const left = unproven.filter(({ id }) => !known.has(id)).map(asUnproven);
      return { undone: deleted, left, because: left.length > 0 ? 'nobody can prove whose it is' : '' };
    });
  }

  /** Before the instance goes: then nothing would tell whose a floating IP is that a lost answer may have made. */
  async #floatingIpsMade(): Promise<FloatingIpsFound> {
    const act = this.#floatingIp;
    if (!act || act.given) return { own: [], unproven: [] };
    return this.step(STEPS.findFloatingIp, observe.findFloatingIps, act, this.#unclearFloatingIp.since); // (rule 35)
  }

  #undoing(known: Identifier[]): Reduction {
    const stood = new Set(this.spared.map(({ id }) => id));
    const detach = this.#attachments.filter(
      ({ volumeId, instanceId, own, wasAttached }) =>
        !wasAttached && stood.has(instanceId) && (stood.has(volumeId) || !own),
    );
    // What stood before is still there when OVH applies a late attach: it is watched for the settle window.
    const attachUnclear = detach.length > 0 ? this.#unclearAttaches.since : null; // (rule 7c)
    const { given = null, instance } = this.#floatingIp ?? {};
    const untie = given && instance && stood.has(instance.id) ? { ...given, instanceId: instance.id } : null;
    const tieUnclear = untie ? latest(this.#unclearFloatingIp.since, this.#tieTakenAt) : null;
    return {
      place: this.baseline.place,
      known,
      spared: [...stood],
      goes: { which: 'own' }, // (rule 1)
      detach,
      ...(untie && { untie }),
      unclearSince: latest(this.#unclear.since, attachUnclear, tieUnclear),
    };
  }

  /** What of this run OVH holds where it is not rolled back, or only halfway; where OVH does not say it, what is known. */
  async #stillThere(things: UndoThing[], because: string): Promise<Undoing> {
    const made = this.made.map(identifier);
    const asked = { place: this.baseline.place, made, unclearSince: this.#unclear.since };
    try {
      return toldApart(await this.step(STEPS.left, lastLook.ownStanding, asked), { made, things, because });
    } catch (error) {
      const isUnseen = error instanceof ActivityFailure && !isOfType(applicationFailure(error), 'WasReset');
      if (!isUnseen) throw error;
      const known = this.#asTold(things);
      return toldApart(known, { made, things, because: `${because}, and OVH did not show what stands` });
    }
  }

  /** What this run has made, and what else its undo has told of, less what was gone by then and what is not its own. */
  #asTold(things: UndoThing[]): Identifier[] {
    const others = new Set(thingsOf(this.#undoing([])).map(({ id }) => id));
    const gone = new Set(things.filter(({ state }) => state === 'gone').map(({ id }) => id));
    const own = [...this.made, ...things.filter(({ id }) => !others.has(id))].filter(
      ({ id }) => !gone.has(id),
    );
    return [...new Map(own.map((thing) => [thing.id, identifier(thing)])).values()];
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
    const all: Reduction = {
      place: this.baseline.place,
      ...what,
      spared: [],
      detach: [],
      unclearSince: null,
    };
    return CancellationScope.nonCancellable(() => this.#deleted(name, all)); // (rule 13)
  }

  /** A step that deletes, followed thing by thing. */
  async #deleted(name: StepName, what: Reduction): Promise<Reduced> {
    this.journal.undoing(name, thingsOf(what));
    const reduced = await this.step(name, undo.reduceTo, what);
    this.journal.undone(reduced.deleted);
    return reduced;
  }

  #begun(): Beginning<Type> {
    if (!this.#beginning) throw new Error('The baseline has not been taken yet.');
    return this.#beginning;
  }
}

const STOPPED = 'somebody stopped the rollback';

type FirstStep = typeof STEPS.baseline | typeof STEPS.preflight;

/** What its plan refuses is told as a failed preflight: nothing was changed. */
const FIRST_STEP = {
  provisionNodeWithVolume: STEPS.preflight,
  deployNode: STEPS.preflight,
  destroyNode: STEPS.baseline,
  reapNode: STEPS.baseline,
} as const satisfies Record<NodeType, FirstStep>;

/** What was decided before a reset is no proof any more. */
async function unlessReset(act: () => Promise<Undoing>): Promise<Undoing | 'reset'> {
  try {
    return await act();
  } catch (error) {
    if (isOfType(applicationFailure(error), 'WasReset')) return 'reset';
    throw error;
  }
}

/** Of what a run has made: what still stands, with the reason why it resisted, and what does not. */
function toldApart(
  stands: Identifier[],
  { made, things, because }: { made: Identifier[]; things: UndoThing[]; because: string },
): Undoing {
  const left = stands.map((thing) => withReason(thing, things));
  const isLeft = new Set(left.map(({ id }) => id));
  return { undone: made.filter(({ id }) => !isLeft.has(id)), left, because };
}

/** The run of the fleet that has begun this one. */
function fleetRun(): string | null {
  const { memo, parent } = workflowInfo();
  const { fleet, maker } = readMemo(memo);
  return parent !== undefined && parent.workflowId === fleet ? (maker ?? null) : null;
}

function latest(...times: (ServerTime | null)[]): ServerTime | null {
  const last = Math.max(...times.map((time) => time ?? 0));
  return last === 0 ? null : last;
}

function asUnproven(thing: Identifier): LeftThing {
  const why = 'it came while this run asked for one, and nothing proves that this run made it';
  return leftThing(thing, { why, unproven: true });
}

function takenSentence(things: Identifier[]): string {
  const named = things.map(({ kind, name, id }) => `${kind} ${name} (${id})`).join(', ');
  return `${named} stands beside the node, and somebody uses it; this run has made way for it`;
}
