import { randomUUID } from 'node:crypto';
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowNotFoundError,
  type Client,
  type Connection,
  type ScheduleOptions,
} from '@temporalio/client';
import {
  DEFAULT_PROJECT,
  fleetWorkflowId,
  nodeWorkflowId,
  type FleetRef,
  type ListedNode,
  type ListInput,
  type ReapInput,
  type Ref,
} from '../contract/index.ts';
import type { Workflows, WorkflowType } from '../contract/index.ts';
import { timing } from '../contract/timing.ts';
import { isHolding, workflowTypes } from '../contract/schemas/workflow-types.ts';
import type { ConnectOptions } from '../temporal/address.ts';
import { admission, admittable, type Admittable } from '../temporal/admission.ts';
import { connectClient } from '../temporal/connect.ts';
import { within } from '../temporal/within.ts';
import { MooringError, NoWorker } from './errors.ts';
import { Run } from './run.ts';

export interface MooringOptions extends ConnectOptions {
  /** Default: `MOORING_TASK_QUEUE`, else `mooring`. */
  taskQueue?: string;
  /** How long any one call to Temporal may take, in milliseconds. Default 10 s. */
  deadlineMs?: number;
}

/**
 * Starts and watches workflows.
 *
 * @example
 * const mooring = await Mooring.connect();
 * const run = await mooring.start('provisionNodeWithVolume', { name: 'web-1', region: 'GRA11', flavor: 'b3-8', image: 'Debian 12' });
 * for await (const { steps } of run.watch()) console.log(steps.at(-1));
 * const node = await run.result();
 */
export class Mooring {
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  #client: Client;
  #connection: Connection;
  #deadlineMs: number;

  private constructor(
    connected: Awaited<ReturnType<typeof connectClient>>,
    {
      taskQueue = process.env['MOORING_TASK_QUEUE'] ?? 'mooring',
      deadlineMs = timing.callMs,
    }: MooringOptions,
  ) {
    this.#client = connected.client;
    this.#connection = connected.connection;
    this.address = connected.address;
    this.namespace = connected.namespace;
    this.taskQueue = taskQueue;
    this.#deadlineMs = deadlineMs;
  }

  /**
   * Connects as Temporal's own environment configuration says: `TEMPORAL_ADDRESS`, profiles, Temporal Cloud alike.
   *
   * @throws TemporalUnreachable
   */
  static async connect(options: MooringOptions = {}): Promise<Mooring> {
    return new Mooring(await connectClient(options), options);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /**
   * Starts a workflow, or joins the run that does the same already.
   *
   * @throws MooringError `InvalidSpec` before anything is started; `NodeBusy` or `NodeDiffers` when something else
   * runs on the node.
   */
  async start<Type extends WorkflowType>(
    type: Type,
    input: Workflows[Type]['input'],
  ): Promise<Run<Workflows[Type]['output']>> {
    if (!isHolding(type))
      return this.#startNew({ type, workflowId: `${type}.${randomUUID()}`, memo: {} }, checked(type, input));
    const request = checked(type, input);
    const asked = admittable(type, request);
    for (;;) {
      try {
        return await this.#startNew(asked, request);
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
      const joined = await this.#admit<Workflows[Type]['output']>(asked, request);
      if (joined) return joined;
    }
  }

  /** The latest run on a node or a fleet. @throws MooringError `OvhNotFound` when Temporal knows none. */
  async get(ref: Ref | FleetRef): Promise<Run> {
    const workflowId =
      'fleet' in ref ? fleetWorkflowId({ project: ref.project, name: ref.fleet }) : nodeWorkflowId(ref);
    try {
      const { runId, raw } = await this.#within(() => this.#client.workflow.getHandle(workflowId).describe());
      return this.#run({ workflowId, runId: raw.workflowExecutionInfo?.firstRunId || runId });
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      const advice = 'fleet' in ref ? '`list` says what stands' : '`inspect` asks OVH itself';
      throw new MooringError('OvhNotFound', `Temporal remembers no run on ${workflowId}; ${advice}`);
    }
  }

  /** Every node of a project, as OVH knows them. */
  async list(input: ListInput = {}): Promise<ListedNode[]> {
    const run = await this.start('listNodes', input);
    return (await run.result()).nodes;
  }

  /**
   * Runs `reap` again and again, as a Temporal schedule of the project; one that is there is changed.
   *
   * @returns The schedule's id.
   * @throws MooringError `InvalidSpec`
   */
  async scheduleReap(input: ReapInput, everyMs: number): Promise<string> {
    const request = checked('reap', input);
    const scheduleId = reapScheduleId(request.project);
    const schedule: ScheduleOptions = {
      scheduleId,
      spec: { intervals: [{ every: everyMs }] },
      // A run that takes longer than the interval is not run over.
      policies: { overlap: ScheduleOverlapPolicy.SKIP },
      action: {
        type: 'startWorkflow',
        workflowType: 'reap',
        workflowId: scheduleId,
        taskQueue: this.taskQueue,
        args: [request],
      },
    };
    try {
      await this.#within(() => this.#client.schedule.create(schedule));
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      const { scheduleId: _id, ...rest } = schedule;
      await this.#within(() =>
        this.#client.schedule.getHandle(scheduleId).update((now) => ({ ...rest, state: now.state })),
      );
    }
    return scheduleId;
  }

  /** Ends the schedule of a project. @returns Whether there was one. */
  async unscheduleReap({ project }: Pick<ReapInput, 'project'> = {}): Promise<boolean> {
    try {
      await this.#within(() => this.#client.schedule.getHandle(reapScheduleId(project)).delete());
      return true;
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return false;
      throw error;
    }
  }

  /** @throws NoWorker when nobody works on the task queue. */
  async requireWorker(): Promise<void> {
    const { pollers } = await this.#within(() =>
      this.#client.workflowService.describeTaskQueue({
        namespace: this.namespace,
        taskQueue: { name: this.taskQueue },
      }),
    );
    if (!pollers?.length)
      throw new NoWorker(
        `no worker polls the task queue "${this.taskQueue}" of ${this.address} (namespace ${this.namespace}); start one with \`mooring worker\``,
      );
  }

  async #startNew<Output>(
    { type, workflowId, memo }: { type: WorkflowType; workflowId: string; memo: Record<string, unknown> },
    input: unknown,
  ): Promise<Run<Output>> {
    const handle = await this.#within(() =>
      this.#client.workflow.start(type, {
        workflowId,
        memo,
        args: [input],
        taskQueue: this.taskQueue,
        // USE_EXISTING would silently hand a destroy the result of a provisioning.
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
        staticSummary: `${type} ${workflowId}`, // (rule 12)
      }),
    );
    return this.#run({ workflowId, runId: handle.firstExecutionRunId });
  }

  /** Undefined: the node is free again, or busy and worth another try. */
  async #admit<Output>(
    asked: Admittable & { memo: Record<string, unknown> },
    request: object,
  ): Promise<Run<Output> | undefined> {
    const admitted = await this.#within(() => admission(this.#client, asked));
    if (admitted.verdict === 'free') return undefined;
    if (admitted.verdict === 'join') return this.#run({ ...admitted.running, joined: true });
    if (admitted.verdict === 'busy') throw new MooringError('NodeBusy', admitted.message);
    if (admitted.verdict === 'differs') throw new MooringError('NodeDiffers', admitted.message);
    // Waiting for somebody's undo must outlive this program: a workflow beside the node's waits, then works as a child.
    const beside = `${asked.workflowId}.${asked.type}`;
    try {
      return await this.#startNew({ ...asked, workflowId: beside }, request);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const { runId } = await this.#within(() => this.#client.workflow.getHandle(beside).describe());
      return this.#run({ workflowId: beside, runId, joined: true });
    }
  }

  #run<Output>(run: { workflowId: string; runId: string; joined?: boolean }): Run<Output> {
    return new Run<Output>(this.#client, run, { deadlineMs: this.#deadlineMs });
  }

  #within<T>(call: () => Promise<T>): Promise<T> {
    return within(this.#connection, this.#deadlineMs, call);
  }
}

const reapScheduleId = (project = DEFAULT_PROJECT) => `mooring.reap.${project}`;

function checked<Type extends WorkflowType>(type: Type, input: unknown): Workflows[Type]['request'] {
  try {
    return workflowTypes[type].parse(input);
  } catch (error) {
    throw new MooringError('InvalidSpec', (error as Error).message);
  }
}
