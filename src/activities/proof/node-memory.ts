import { Context } from '@temporalio/activity';
import {
  WorkflowFailedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { nodeWorkflowId, type Identifier, type Place } from '../../contract/index.ts';
import { nodeRow, type Proof } from '../../contract/schemas/workflow-types.ts';
import { readMemo, runDetails } from '../../contract/wire.ts';
import { signOf } from '../../identity/mark.ts';
import type { Carried } from '../../identity/mark.ts';

/** A retained run of the node. */
interface Remembered {
  runId: string;
  /** The run of the fleet whose sign it gave to what it made, where it was of a fleet. */
  maker: string | undefined;
  type: string;
  isOpen: boolean;
}

/** What the retained runs, from the oldest to the newest, have made of a thing. */
type Fate =
  /** The newest success names the thing, or a destroy kept it: somebody wants it. */
  | { is: 'wanted'; by: string; run: Remembered }
  /** A success named it, and a destroy that came later neither deleted nor kept it. */
  | { is: 'passed over'; by: string }
  /** A completed destroy says that it deleted it. */
  | { is: 'destroyed'; by: string }
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

  private constructor() {}

  static async of(temporal: Client, { project, region, node }: Place): Promise<NodeMemory> {
    return NodeMemory.recall(temporal, nodeWorkflowId({ project, region, name: node }));
  }

  /** One query, and the result of each run that ended by itself. */
  static async recall(temporal: Client, workflowId: string): Promise<NodeMemory> {
    const memory = new NodeMemory();
    const own = Context.current().info.workflowExecution?.runId;
    const runs = [];
    for await (const run of temporal.workflow.list({ query: `WorkflowId = '${workflowId}'` })) runs.push(run);
    runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
    for (const { runId, type, status, memo } of runs) {
      const isOpen = status.name === 'RUNNING' || status.name === 'PAUSED';
      const row = nodeRow(type);
      const { maker } = readMemo(memo);
      const run: Remembered = { runId, maker, type, isOpen };
      // What a type of a later version has made of the node this one cannot read: such a run proves nothing.
      const makers = row ? [runId, ...(maker === undefined || runId === own ? [] : [maker])] : [];
      const signs = makers.map(signOf);
      for (const sign of signs) memory.#makers.set(sign, [...(memory.#makers.get(sign) ?? []), run]);
      if (runId === own) continue;
      if (isOpen) memory.#busyWith = run;
      const handle = temporal.workflow.getHandle(workflowId, runId);
      const by = `the ${type} of run ${runId}`;
      try {
        if (status.name === 'COMPLETED' && row)
          memory.#completed(row.proves(await handle.result()), { by, run });
        if (status.name === 'FAILED')
          for (const { id } of await leftBy(handle)) memory.#fates.set(id, { is: 'left', by });
      } catch (error) {
        // Lists show for a while what Temporal has deleted: what it delivered is not known any more.
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        for (const sign of signs) memory.#makers.delete(sign);
      }
    }
    return memory;
  }

  get busyWith(): string | undefined {
    return this.#busyWith?.type;
  }

  fateOf(id: string): Fate | undefined {
    return this.#fates.get(id);
  }

  /** Ids of everything that some success names, and no destroy has deleted. */
  get wanted(): string[] {
    return [...this.#fates].filter(([, { is }]) => is === 'wanted').map(([id]) => id);
  }

  /**
   * Ids of what a success of another run names. Undefined while one is open that is none of these: what it delivers is
   * not known yet.
   */
  wantedBeside(makers: string[]): string[] | undefined {
    const isOther = ({ runId, maker }: Remembered) => ![runId, maker].some((id) => id && makers.includes(id));
    if (this.#busyWith && isOther(this.#busyWith)) return undefined;
    return [...this.#fates].flatMap(([id, fate]) => (fate.is === 'wanted' && isOther(fate.run) ? [id] : []));
  }

  /** Whether Temporal remembers a run that gives what it makes this sign. */
  knowsMaker(sign: string | null): boolean {
    return sign !== null && this.#makers.has(sign);
  }

  /**
   * The proof that nobody wants a thing: its maker has ended and did not deliver it, or a destroy has deleted it. Undefined
   * where there is none.
   */
  leftOver({ id, sign }: Pick<Identifier, 'id'> & Pick<Carried, 'sign'>): string | undefined {
    const fate = this.fateOf(id);
    if (fate) return fate.is === 'destroyed' ? `${fate.by} deleted it, and it stands` : undefined;
    const makers = sign === null ? [] : (this.#makers.get(sign) ?? []);
    const last = makers.at(-1);
    if (!last || makers.some(({ isOpen }) => isOpen)) return undefined; // (rule 20)
    return `the ${last.type} of run ${last.runId} made it, ended, and did not deliver it`;
  }

  #completed({ names, deleted, endsNode }: Proof, { by, run }: { by: string; run: Remembered }): void {
    if (endsNode)
      for (const [id, fate] of this.#fates)
        if (fate.is === 'wanted') this.#fates.set(id, { is: 'passed over', by });
    for (const id of deleted) this.#fates.set(id, { is: 'destroyed', by });
    for (const id of names) this.#fates.set(id, { is: 'wanted', by, run }); // (rule 14)
  }
}

/** What a failed run left at OVH: nothing after a rollback; what it made, where the spec or somebody said to keep it. */
async function leftBy(handle: WorkflowHandle): Promise<Identifier[]> {
  try {
    await handle.result();
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    return (cause instanceof ApplicationFailure && runDetails(cause)?.left) || [];
  }
  return [];
}
