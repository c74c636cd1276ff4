import { Context } from '@temporalio/activity';
import { WorkflowFailedError, type Client, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  nodeWorkflowId,
  type FloatingIpAct,
  type Identifier,
  type LeftThing,
  type Place,
  type ServerTime,
} from '../../contract/index.ts';
import { nodeRow, type Proof } from '../../contract/schemas/workflow-types.ts';
import { runDetails, stepDetails } from '../../contract/wire.ts';
import { signOf } from '../../identity/mark.ts';
import type { Carried } from '../../identity/mark.ts';
import { withDetails } from '../../temporal/codec/decode.ts';
import { isOpen } from '../../temporal/is-open.ts';
import { answersIn, lastAsked, type HistoryEvent } from '../../temporal/recorded.ts';
import { isForgotten } from '../../temporal/unless-forgotten.ts';
import { eachOf } from '../looking/each-of.ts';
import { floatingIpsIn, TELLING } from './own-history.ts';
import { RUNS_AT_ONCE, memoOf, retainedRuns, retentionMs, type RetainedRun } from './retained-runs.ts';

/** A retained run of the node. */
interface Remembered {
  runId: string;
  /** The run of the fleet whose sign it gave to what it made, where it was of a fleet. */
  maker: string | undefined;
  type: string;
  isOpen: boolean;
  startedAt: ServerTime;
  /** Undefined: it is open. */
  closedAt: ServerTime | undefined;
}

/** What a run has said when it ended; `isForgotten`: nobody can read it any more. */
interface Word {
  maker: string | undefined;
  proof?: Proof;
  /** Of a run that failed. Undefined: it does not say. */
  left?: LeftThing[] | undefined;
  isForgotten?: boolean;
}

/** A floating IP that came in at the node; `sign`: of the run that is known to have made it. */
interface Known {
  id: string;
  ip: string;
  sign: string | undefined;
}

/** What came of it nobody knows. `hasMade`: the same run made the instance, too. */
interface Asked {
  act: FloatingIpAct;
  hasMade: boolean;
  sign: string;
}

/** What the history of a run tells of floating IPs. */
interface Tale {
  known: Known[];
  asked?: Asked;
}

/** What the retained runs, from the oldest to the newest, have made of a thing. */
type Fate =
  /** The newest success names the thing, somebody has worked with it, or a destroy kept it: somebody wants it. */
  | { is: 'wanted'; by: string; run: Remembered }
  /** A success named it, and a destroy that came later neither deleted nor kept it. */
  | { is: 'passed over'; by: string }
  /** A completed destroy says that it deleted it. */
  | { is: 'destroyed'; by: string; run: Remembered }
  /** A run failed and left it on purpose: somebody wants to look into it. */
  | { is: 'left'; by: string };

/**
 * What Temporal remembers of a node. It proves who made what, by the sign, and what was delivered. What it has forgotten
 * is unknown: a run that is not among the retained proves nothing about anything.
 */
export class NodeMemory {
  /** By sign: all nodes of a fleet have one, so several runs of a node may. */
  readonly #makers = new Map<string, Remembered[]>();
  readonly #fates = new Map<string, Fate>();
  /** What runs on the node beside the run that asks. */
  #busyWith: Remembered | undefined;
  /** Temporal's list lags, so a run that has just ended may be missing. */
  #isBehind = false;
  /** A run that Temporal should still know, and of which it knows no more than that it was. */
  #forgotten: string | undefined;
  #retentionMs: Promise<number> | undefined;
  /** What came in at the node, by id. */
  readonly #floatingIps = new Map<string, Known>();
  /** Runs that ended and delivered nothing: what they have made of floating IPs only their histories say. */
  readonly #undelivered: Remembered[] = [];
  readonly #asked: Asked[] = [];
  #reading: Promise<void> | undefined;
  readonly #temporal: Client;
  readonly #workflowId: string;

  private constructor(temporal: Client, workflowId: string) {
    this.#temporal = temporal;
    this.#workflowId = workflowId;
  }

  static async of(temporal: Client, { project, region, node }: Place): Promise<NodeMemory> {
    return NodeMemory.recall(temporal, nodeWorkflowId({ project, region, name: node }));
  }

  /** One query as a rule, and the result of each run that ended by itself. */
  static async recall(temporal: Client, workflowId: string): Promise<NodeMemory> {
    const memory = new NodeMemory(temporal, workflowId);
    const own = Context.current().info.workflowExecution?.runId;
    const { runs, isBehind } = await retainedRuns(temporal, workflowId);
    memory.#isBehind = isBehind;
    const words = await eachOf(runs, RUNS_AT_ONCE, async (run) => ({ run, word: await memory.#wordOf(run) }));
    for (const { run, word } of words) await memory.#learn(run, word, run.runId === own);
    return memory;
  }

  async #wordOf(run: RetainedRun): Promise<Word> {
    const { runId, type, status } = run;
    const handle = this.#temporal.workflow.getHandle(this.#workflowId, runId);
    const row = nodeRow(type);
    let maker: string | undefined;
    try {
      ({ maker } = await memoOf(this.#temporal, run));
      if (status.name === 'COMPLETED' && row) return { maker, proof: row.proves(await handle.result()) };
      return status.name === 'FAILED' ? { maker, left: await leftBy(handle) } : { maker };
    } catch (error) {
      // Lists show for a while what Temporal has deleted: what it delivered is not known any more.
      if (!isForgotten(error)) throw error;
      return { maker, isForgotten: true };
    }
  }

  async #learn(
    { runId, type, status, startTime, closeTime }: RetainedRun,
    word: Word,
    isOwn: boolean,
  ): Promise<void> {
    const row = nodeRow(type);
    const { maker, proof, left } = word;
    const run: Remembered = {
      runId,
      maker,
      type,
      isOpen: isOpen({ status }),
      startedAt: startTime.getTime(),
      closedAt: closeTime?.getTime(),
    };
    // What a type of a later version has made of the node this one cannot read: such a run proves nothing.
    const makers = row ? [runId, ...(maker === undefined || isOwn ? [] : [maker])] : [];
    for (const sign of makers.map(signOf))
      if (word.isForgotten) this.#makers.delete(sign);
      else this.#makers.set(sign, [...(this.#makers.get(sign) ?? []), run]);
    if (isOwn) return;
    const by = `the ${type} of run ${runId}`;
    if (run.isOpen) this.#busyWith = run;
    // A record may outlive its run for ever: past the retention it is as good as one that is gone, too.
    if (word.isForgotten && (await this.#remembersSince([run]))) this.#forgotten = by;
    if (proof) this.#completed(proof, { by, run });
    for (const { kind, id, name, unproven } of left ?? []) {
      this.#fates.set(id, { is: 'left', by });
      if (kind === 'floatingIp') this.#knows({ id, ip: name, sign: unproven ? undefined : signOfRun(run) });
    }
    // A run that failed and left nothing has undone what it made.
    const mayHaveLeft = status.name === 'FAILED' ? left?.length !== 0 : status.name !== 'COMPLETED';
    if (row && !run.isOpen && mayHaveLeft && !word.isForgotten) this.#undelivered.push(run);
  }

  /** Why nothing proves yet that somebody does not want a thing: what a run has delivered is not known. */
  get unsettled(): string | undefined {
    if (this.#busyWith) return `${this.#busyWith.type} runs on ${this.#workflowId}`;
    if (this.#forgotten)
      return `Temporal no longer knows, or no key opens, what ${this.#forgotten} has delivered`;
    return this.#isBehind ? `Temporal's lists do not show yet what ran on ${this.#workflowId}` : undefined;
  }

  fateOf(id: string): Fate | undefined {
    return this.#fates.get(id);
  }

  /** Ids of everything that some success names, and no destroy has deleted. */
  get wanted(): string[] {
    return [...this.#fates].filter(([, { is }]) => is === 'wanted').map(([id]) => id);
  }

  /** Whether a run that began later than this one has delivered a thing, or kept it. */
  isWantedSince(id: string, since: { runId: string; at: ServerTime }): boolean {
    const fate = this.fateOf(id);
    return fate?.is === 'wanted' && fate.run.runId !== since.runId && fate.run.startedAt > since.at;
  }

  /**
   * Ids of what a success of another run names. Undefined while one is open that is none of these, may be missing,
   * or cannot be read: what it delivered is not known.
   */
  wantedBeside(makers: string[]): string[] | undefined {
    const isOther = ({ runId, maker }: Remembered) => ![runId, maker].some((id) => id && makers.includes(id));
    const isUnknown = this.#isBehind || this.#forgotten !== undefined;
    if (isUnknown || (this.#busyWith && isOther(this.#busyWith))) return undefined;
    return [...this.#fates].flatMap(([id, fate]) => (fate.is === 'wanted' && isOther(fate.run) ? [id] : []));
  }

  /** Whether Temporal remembers a run that gives what it makes this sign. */
  knowsMaker(sign: string | null): boolean {
    return sign !== null && this.#makers.has(sign);
  }

  /**
   * The proof that nobody wants a thing: its maker has ended and did not deliver it, or a destroy has deleted it, and what
   * came later is remembered as well. Undefined where there is none.
   */
  async leftOver({ id, sign }: Pick<Identifier, 'id'> & Pick<Carried, 'sign'>): Promise<string | undefined> {
    const fate = this.fateOf(id);
    if (fate && fate.is !== 'destroyed') return undefined;
    const makers = fate ? [fate.run] : (sign !== null && this.#makers.get(sign)) || [];
    const last = makers.at(-1);
    if (!last || makers.some(({ isOpen }) => isOpen)) return undefined; // (rule 20)
    if (!(await this.#remembersSince(makers))) return undefined;
    if (fate) return `${fate.by} deleted it, and it stands`;
    return `the ${last.type} of run ${last.runId} made it, ended, and did not deliver it`;
  }

  /**
   * Whether all that ended after these runs is remembered for certain. Temporal forgets one run sooner than another, so that
   * one is there proves nothing of those that came later; only what has not reached the retention yet is all there.
   */
  async #remembersSince(runs: Remembered[]): Promise<boolean> {
    const retained = await (this.#retentionMs ??= retentionMs(this.#temporal));
    const now = Math.max(Date.now(), Context.current().info.currentAttemptScheduledTimestampMs);
    return runs.every(({ closedAt }) => closedAt !== undefined && now < closedAt + retained); // (rule 20r)
  }

  /** Temporal's list lags so far that it may not show a run yet which has ended. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /**
   * What came in at the node, as far as results and histories say, and was not deleted since; `mayBeMore`: a run has asked for
   * one, and nobody knows what came of it.
   */
  async floatingIps(): Promise<{ known: { id: string }[]; mayBeMore: boolean }> {
    await this.#readHistories();
    const known = [...this.#floatingIps.values()].filter(({ id }) => this.fateOf(id)?.is !== 'destroyed');
    return { known, mayBeMore: this.#asked.length > 0 };
  }

  /** Whether some run has told of a floating IP, whosever that is. */
  tellsOf(id: string): boolean {
    return this.#floatingIps.has(id);
  }

  /**
   * The sign of the run that made a floating IP: its result names it as the node's own, or its history has the answer to its
   * POST. Histories are read of those runs alone that ended and delivered nothing. `at`: the instance that it comes in at;
   * where such a run made that and asked for one, what no list had shown before is its own, if its answer was lost.
   * Undefined: nothing proves that a run of the node made it.
   */
  async makerOf({ id, ip, at }: { id: string; ip: string; at: string | null }): Promise<string | undefined> {
    const known = this.#floatingIps.get(id)?.sign;
    if (known !== undefined) return known;
    await this.#readHistories();
    const asked = this.#asked.find(
      ({ act, hasMade }) => act.instance.id === at && hasMade && !act.given && !act.stood.includes(id),
    );
    if (asked) this.#knows({ id, ip, sign: asked.sign });
    return this.#floatingIps.get(id)?.sign;
  }

  async #readHistories(): Promise<void> {
    this.#reading ??= eachOf(this.#undelivered, RUNS_AT_ONCE, async (run) => this.#taleOf(run)).then(
      (tales) => {
        for (const { known, asked } of tales) {
          for (const each of known) this.#knows(each);
          if (asked) this.#asked.push(asked);
        }
      },
    );
    return this.#reading;
  }

  async #taleOf(run: Remembered): Promise<Tale> {
    const tale: Tale = { known: [] };
    const sign = signOfRun(run);
    try {
      const handle = this.#temporal.workflow.getHandle(this.#workflowId, run.runId);
      const { events = [] } = await handle.fetchHistory();
      const instances: string[] = [];
      for await (const record of answersIn(this.#temporal, events ?? [], TELLING)) {
        const { own, unproven } = floatingIpsIn(record);
        tale.known.push(...own.map(({ id, name: ip }) => ({ id, ip, sign })));
        tale.known.push(...unproven.map(({ id, name: ip }) => ({ id, ip, sign: undefined })));
        if (record.activity === 'createInstance') instances.push(record.answer.id);
        // A destroy that was cut off has written down by its proof who had made what came in.
        if (record.activity === 'beginning')
          for (const { id, ip, sign: maker } of record.answer.baseline.floatingIps ?? [])
            tale.known.push({ id, ip, sign: maker ?? undefined });
      }
      const last = await lastAsked(this.#temporal, events ?? [], 'createFloatingIp');
      const act = last?.asked;
      if (act && (await this.#isUnclear(events ?? [], last.event)))
        tale.asked = { act, hasMade: instances.includes(act.instance.id), sign };
    } catch (error) {
      if (!isForgotten(error)) throw error;
    }
    return tale;
  }

  /** Whether nobody knows what came of a request: it was neither answered nor refused for certain. */
  async #isUnclear(events: HistoryEvent[], { eventId }: HistoryEvent): Promise<boolean> {
    const isOf = (end: { scheduledEventId?: unknown } | null | undefined) =>
      String(end?.scheduledEventId) === String(eventId);
    if (events.some((event) => isOf(event.activityTaskCompletedEventAttributes))) return false;
    const failed = events
      .map((event) => event.activityTaskFailedEventAttributes)
      .find((end) => end && isOf(end));
    return stepDetails(await withDetails(this.#temporal, failed?.failure))?.unclear !== false;
  }

  /** The first that is known to have made it did: later ones have found it. */
  #knows({ id, ip, sign }: Known): void {
    this.#floatingIps.set(id, { id, ip, sign: this.#floatingIps.get(id)?.sign ?? sign });
  }

  #completed(
    { names, uses = [], deleted, endsNode, floatingIp }: Proof,
    { by, run }: { by: string; run: Remembered },
  ): void {
    if (endsNode)
      for (const [id, fate] of this.#fates)
        if (fate.is === 'wanted') this.#fates.set(id, { is: 'passed over', by });
    for (const id of deleted) this.#fates.set(id, { is: 'destroyed', by, run });
    for (const id of names) this.#fates.set(id, { is: 'wanted', by, run }); // (rule 14)
    // Whoever has delivered a thing remains who did, for a fleet that takes back its own.
    for (const id of uses)
      if (this.fateOf(id)?.is !== 'wanted') this.#fates.set(id, { is: 'wanted', by, run });
    if (floatingIp) this.#knows({ ...floatingIp, sign: floatingIp.own ? signOfRun(run) : undefined });
  }
}

function signOfRun({ maker, runId }: Remembered): string {
  return signOf(maker ?? runId);
}

/**
 * What a failed run left at OVH: nothing after a rollback; what it made, where the spec or somebody said to keep it.
 * Undefined: it does not say.
 */
async function leftBy(handle: WorkflowHandle): Promise<LeftThing[] | undefined> {
  try {
    await handle.result();
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    return cause instanceof ApplicationFailure ? runDetails(cause)?.left : undefined;
  }
  return undefined;
}
