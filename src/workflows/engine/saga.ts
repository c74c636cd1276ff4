import type { ActivityFunctionWithOptions } from '@temporalio/workflow';
import type {
  Attached,
  Attachment,
  Baseline,
  CheckedRequest,
  Created,
  DestroyPolicy,
  FloatingIpAct,
  FloatingIpMade,
  Identifier,
  PlanOf,
  Reduced,
  ServerTime,
  StepName,
  StepResult,
  Standing,
  VolumeStatus,
} from '../../contract/index.ts';
import type { NodeType } from '../../contract/schemas/workflow-types.ts';

/** An activity, as one of the proxies hands it out. */
export type Activity<Args extends unknown[], Result> = ActivityFunctionWithOptions<
  (...args: Args) => Promise<Result>
>;

/** What a story is told with. */
export interface Saga<Type extends NodeType> {
  /** The request, checked and with every default. */
  readonly request: CheckedRequest<Type>;
  readonly baseline: Baseline;
  /** What is to be done, as it was decided by the baseline. */
  readonly plan: PlanOf<Type>;
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
  /** A step that attaches a volume; its undo is known before it is done. Null: it has not been seen attached yet. */
  attach<Args extends unknown[]>(
    name: StepName,
    act: Activity<[Attachment & Pick<Baseline, 'place'>, ...Args], Attached>,
    what: Attachment,
    ...args: Args
  ): Promise<VolumeStatus | null>;
  /** Makes a floating IP; what an undo has to know of it is known before it is done. */
  createFloatingIp(
    act: Omit<FloatingIpAct, 'place'>,
    window: { deadline: ServerTime },
  ): Promise<FloatingIpMade>;
  /** Ties one that is there already; its undo is known before it is done. */
  associateFloatingIp(act: Omit<FloatingIpAct, 'place'>, window: { deadline: ServerTime }): Promise<void>;
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
