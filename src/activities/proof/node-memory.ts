import { Context } from '@temporalio/activity';
import {
  WorkflowFailedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
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
import { readMemo, runDetails } from '../../contract/wire.ts';
import { signOf } from '../../identity/mark.ts';
import type { Carried } from '../../identity/mark.ts';
import { isOpen } from '../../temporal/is-open.ts';
import { answersIn, lastAsked } from '../../temporal/recorded.ts';
import { madeIn, TELLING } from './own-history.ts';
import { retainedRuns, retentionMs } from './retained-runs.ts';

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

/** A floating IP that came in at the node; `maker`: the run that is known to have made it. */
interface Known {
  ip: string;
  maker: Remembered | undefined;
}

/** What a run that delivered nothing has asked for; `hasMade`: the instance, too. */
interface Asked {
  run: Remembered;
  act: FloatingIpAct;
  hasMade: boolean;
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
  /** A run of which Temporal knows no more than that it was. */
  #forgotten: string | undefined;
  #retentionMs: Promise<number> | undefined;
  /** What came in at the node, by id. */
  readonly #floatingIps = new Map<string, Known>();
  /** Runs that ended and delivered nothing: what they have made of floating IPs only their histories say. */
  readonly #undelivered: Remembered[] = [];
  readonly #asked: Asked[] = [];
  #isRead = false;
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
    for (const { runId, type, status, memo, startTime, closeTime } of runs) {
      const row = nodeRow(type);
      const { maker } = readMemo(memo);
      const run: Remembered = {
        runId,
        maker,
        type,
        isOpen: isOpen({ status }),
        startedAt: startTime.getTime(),
        closedAt: closeTime?.getTime(),
      };
      // What a type of a later version has made of the node this one cannot read: such a run proves nothing.
      const makers = row ? [runId, ...(maker === undefined || runId === own ? [] : [maker])] : [];
      const signs = makers.map(signOf);
      for (const sign of signs) memory.#makers.set(sign, [...(memory.#makers.get(sign) ?? []), run]);
      if (runId === own) continue;
      if (run.isOpen) memory.#busyWith = run;
      const handle = temporal.workflow.getHandle(workflowId, runId);
      const by = `the ${type} of run ${runId}`;
      try {
        if (status.name === 'COMPLETED' && row)
          memory.#completed(row.proves(await handle.result()), { by, run });
        if (status.name === 'FAILED')
          for (const { kind, id, name, unproven } of await leftBy(handle)) {
            memory.#fates.set(id, { is: 'left', by });
            if (kind === 'floatingIp') memory.#knows({ id, ip: name }, unproven ? undefined : run);
          }
        if (row && !run.isOpen && status.name !== 'COMPLETED') memory.#undelivered.push(run);
      } catch (error) {
        // Lists show for a while what Temporal has deleted: what it delivered is not known any more.
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        for (const sign of signs) memory.#makers.delete(sign);
        memory.#forgotten = by;
      }
    }
    return memory;
  }

  /** Why nothing proves yet that somebody does not want a thing: what a run has delivered is not known. */
  get unsettled(): string | undefined {
    if (this.#busyWith) return `${this.#busyWith.type} runs on ${this.#workflowId}`;
    if (this.#forgotten) return `Temporal no longer knows what ${this.#forgotten} has delivered`;
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
   * Ids of what a success of another run names. Undefined while one is open that is none of these, or may be missing: what
   * it delivers is not known yet.
   */
  wantedBeside(makers: string[]): string[] | undefined {
    const isOther = ({ runId, maker }: Remembered) => ![runId, maker].some((id) => id && makers.includes(id));
    if (this.#isBehind || (this.#busyWith && isOther(this.#busyWith))) return undefined;
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

  /** What came in at the node, as far as results say, and was not deleted since. */
  get floatingIps(): { id: string; ip: string }[] {
    return [...this.#floatingIps]
      .filter(([id]) => this.fateOf(id)?.is !== 'destroyed')
      .map(([id, { ip }]) => ({ id, ip }));
  }

  /** Whether some run has told of a floating IP, whosever that is. */
  tellsOf(id: string): boolean {
    return this.#floatingIps.has(id);
  }

  /**
   * The sign of the run that made a floating IP: its result names it as the node's own, or its history has the answer to its
   * POST. Histories are read of those runs alone that ended and delivered nothing. `at`: the instance that it comes in at;
   * where such a run made that and asked for one, what no list had shown before is its own, though its answer was lost.
   * Undefined: nothing proves that a run of the node made it.
   */
  async makerOf({ id, ip, at }: { id: string; ip: string; at: string | null }): Promise<string | undefined> {
    const known = this.#signOfMaker(id);
    if (known !== undefined) return known;
    if (!this.#isRead) for (const run of this.#undelivered) await this.#read(run);
    this.#isRead = true;
    const asked = this.#asked.find(
      ({ act, hasMade }) => act.instance.id === at && hasMade && !act.given && !act.stood.includes(id),
    );
    if (asked && this.#signOfMaker(id) === undefined) this.#knows({ id, ip }, asked.run);
    return this.#signOfMaker(id);
  }

  #signOfMaker(id: string): string | undefined {
    const maker = this.#floatingIps.get(id)?.maker;
    return maker && signOf(maker.maker ?? maker.runId);
  }

  async #read(run: Remembered): Promise<void> {
    try {
      const handle = this.#temporal.workflow.getHandle(this.#workflowId, run.runId);
      const { events } = await handle.fetchHistory();
      const made: string[] = [];
      for await (const record of answersIn(this.#temporal, events ?? [], TELLING))
        made.push(...madeIn(record));
      for (const id of made) this.#knows({ id, ip: id }, run);
      const last = await lastAsked(this.#temporal, events ?? [], 'createFloatingIp');
      const act = last?.asked;
      if (act) this.#asked.push({ run, act, hasMade: made.includes(act.instance.id) });
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }

  /** The first that is known to have made it did: later ones have found it. */
  #knows({ id, ip }: { id: string; ip: string }, maker: Remembered | undefined): void {
    this.#floatingIps.set(id, { ip, maker: this.#floatingIps.get(id)?.maker ?? maker });
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
    if (floatingIp) this.#knows(floatingIp, floatingIp.own ? run : undefined);
  }
}

/** What a failed run left at OVH: nothing after a rollback; what it made, where the spec or somebody said to keep it. */
async function leftBy(handle: WorkflowHandle): Promise<LeftThing[]> {
  try {
    await handle.result();
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    return (cause instanceof ApplicationFailure && runDetails(cause)?.left) || [];
  }
  return [];
}
