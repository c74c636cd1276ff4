import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowNotFoundError,
  type Client,
  type ScheduleOptions,
} from '@temporalio/client';
import type { TypedSearchAttributes } from '@temporalio/common';
import {
  DEFAULT_PROJECT,
  fleetFromWorkflowId,
  fleetWorkflowId,
  nodeWorkflowId,
  type FleetRef,
  type ListedNode,
  type ListInput,
  type ReapInput,
  type Ref,
} from '../contract/index.ts';
import type { Workflows, WorkflowType } from '../contract/index.ts';
import { inShort } from '../contract/in-short.ts';
import { timing } from '../contract/timing.ts';
import { isHolding, workflowTypes, type HoldingType } from '../contract/schemas/workflow-types.ts';
import { inMemo, readMemo } from '../contract/wire.ts';
import { fieldsOf } from '../contract/unknown.ts';
import type { ConnectOptions } from '../temporal/address.ts';
import { admission, admittable, type Admittable } from '../temporal/admission.ts';
import { connectClient } from '../temporal/connect.ts';
import { sendableAttributes } from '../temporal/search-attributes.ts';
import { Calls } from './calls.ts';
import { NoWorker, OperationFailed, RunUnknown } from './errors.ts';
import { orInvalidSpec } from './parse.ts';
import { Run, type WhichRun } from './run.ts';

export interface FromOptions {
  /** Default: `MOORING_TASK_QUEUE`, else `mooring`. */
  taskQueue?: string;
  /** How long any one call to Temporal may take, in milliseconds. Default 10 s. */
  deadlineMs?: number;
}

export interface StartOptions {
  /** Of the caller's span, as W3C Trace Context has it, `00-…-…-01`: the run's trace links to it. What is malformed does nothing. */
  traceparent?: string | undefined;
}

export interface MooringOptions extends FromOptions, ConnectOptions {}

/**
 * Starts and watches workflows.
 *
 * @example
 * await using mooring = await Mooring.connect();
 * const run = await mooring.start('provisionNodeWithVolume', { name: 'web-1', region: 'GRA11', flavor: 'b3-8', image: 'Debian 12' });
 * for await (const { steps } of run.watch()) console.log(steps.at(-1));
 * const node = await run.result();
 */
export class Mooring {
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  #calls: Calls;
  /** What the namespace has is asked at the first start, and again where there was no answer. */
  #attributes: ReturnType<typeof sendableAttributes> | undefined;
  #close: () => Promise<void>;

  private constructor(
    client: Client,
    address: string,
    { taskQueue = process.env['MOORING_TASK_QUEUE'] || 'mooring', deadlineMs = timing.callMs }: FromOptions,
    close: () => Promise<void> = async () => undefined,
  ) {
    this.#calls = new Calls(client, deadlineMs);
    this.address = address;
    this.namespace = client.options.namespace;
    this.taskQueue = taskQueue;
    this.#close = close;
  }

  /**
   * Connects as Temporal's own environment configuration says: `TEMPORAL_ADDRESS`, profiles, Temporal Cloud alike.
   *
   * @throws TemporalUnreachable, or CodecKeyError where `MOORING_CODEC_KEY` is malformed
   */
  static async connect(options: MooringOptions = {}): Promise<Mooring> {
    const { client, connection, address } = await connectClient(options);
    return new Mooring(client, address, options, () => connection.close());
  }

  /**
   * Takes a Temporal client that the program has already, with its namespace. Where the workers encrypt, it needs
   * `dataConverter()`. Its connection stays the program's own: `close` leaves it open.
   */
  static from(client: Client, options: FromOptions = {}): Mooring {
    const { address } = fieldsOf(fieldsOf(client.connection)['options']);
    return new Mooring(client, typeof address === 'string' ? address : 'the given connection', options);
  }

  /**
   * Closes the connection that `connect` made. What is pending, such as a `result()`, rejects with MooringClosed; the runs
   * go on.
   */
  async close(): Promise<void> {
    this.#calls.close();
    await this.#close();
  }

  /** As `close`: `await using mooring = await Mooring.connect()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Starts a workflow, or joins the run that does the same already.
   *
   * @throws OperationFailed `InvalidSpec` before anything is started; `NodeBusy` or `NodeDiffers` when something else
   * runs on the node. ServiceError when Temporal does not answer: nobody knows then whether it was started, and to
   * start it again joins it.
   */
  async start<Type extends WorkflowType>(
    type: Type,
    input: Workflows[Type]['input'],
    { traceparent }: StartOptions = {},
  ): Promise<Run<Workflows[Type]['output']>> {
    const traced = traceparent === undefined ? {} : { traceparent };
    if (!isHolding(type)) {
      const workflowId = `${type}.${randomUUID()}`;
      return this.#startNew(
        { type, workflowId, memo: traceparent ? inMemo(traced) : {} },
        checked(type, input),
      );
    }
    const request = checked(type, input);
    const { memo, ...holding } = admittable(type, request);
    const asked = { ...holding, memo: inMemo({ ...readMemo(memo), ...traced }) };
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

  /** The latest run on a node or a fleet. @throws RunUnknown when Temporal remembers none. */
  async get(ref: Ref | FleetRef): Promise<Run<Workflows[HoldingType]['output']>> {
    const workflowId =
      'fleet' in ref ? fleetWorkflowId({ project: ref.project, name: ref.fleet }) : nodeWorkflowId(ref);
    try {
      const { runId, raw } = await this.#calls.within(() =>
        this.#calls.client.workflow.getHandle(workflowId).describe(),
      );
      return this.#run({ workflowId, runId, firstRunId: raw.workflowExecutionInfo?.firstRunId || runId });
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      const advice = 'fleet' in ref ? '`list` says what stands' : '`inspect` asks OVH itself';
      throw new RunUnknown(`Temporal remembers no run on ${workflowId}; ${advice}`, { cause: error });
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
   * @throws OperationFailed `InvalidSpec`
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
      await this.#calls.within(() => this.#calls.client.schedule.create(schedule));
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      const { scheduleId: _id, ...rest } = schedule;
      await this.#calls.within(() =>
        this.#calls.client.schedule.getHandle(scheduleId).update((now) => ({ ...rest, state: now.state })),
      );
    }
    return scheduleId;
  }

  /** Ends the schedule of a project. @returns Whether there was one. */
  async unscheduleReap({ project }: Pick<ReapInput, 'project'> = {}): Promise<boolean> {
    try {
      await this.#calls.within(() => this.#calls.client.schedule.getHandle(reapScheduleId(project)).delete());
      return true;
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return false;
      throw error;
    }
  }

  /**
   * Temporal shows a worker from its first request for work on: one that has only just started is waited for, for three
   * seconds.
   *
   * @throws NoWorker when nobody works on the task queue.
   */
  async requireWorker(): Promise<void> {
    for (const latest = performance.now() + timing.workerStartMs; !(await this.#hasWorker());) {
      if (performance.now() > latest)
        throw new NoWorker(
          `no worker polls the task queue "${this.taskQueue}" of ${this.address} (namespace ${this.namespace}); start one with \`mooring worker\``,
        );
      await sleep(250);
    }
  }

  async #hasWorker(): Promise<boolean> {
    const { pollers } = await this.#calls.within(() =>
      this.#calls.client.workflowService.describeTaskQueue({
        namespace: this.namespace,
        taskQueue: { name: this.taskQueue },
      }),
    );
    return (pollers ?? []).length > 0;
  }

  async #startNew<Output>(
    { type, workflowId, memo }: { type: WorkflowType; workflowId: string; memo: Record<string, unknown> },
    input: object,
  ): Promise<Run<Output>> {
    const attributes = await this.#attributesOf(workflowId);
    const { summary, details } = inShort(type, input);
    const handle = await this.#calls.within(() =>
      this.#calls.client.workflow.start(type, {
        workflowId,
        memo,
        ...(attributes && { typedSearchAttributes: attributes }),
        args: [input],
        taskQueue: this.taskQueue,
        ...(fleetFromWorkflowId(workflowId) && { workflowTaskTimeout: timing.fleetTaskMs }),
        // USE_EXISTING would silently hand a destroy the result of a provisioning.
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
        staticSummary: summary,
        staticDetails: details, // (rule 12)
      }),
    );
    return this.#run({ workflowId, runId: handle.firstExecutionRunId });
  }

  /** None where nobody says what the namespace has: a run is found without them, too. */
  async #attributesOf(workflowId: string): Promise<TypedSearchAttributes | undefined> {
    this.#attributes ??= this.#calls.within(() => sendableAttributes(this.#calls.client));
    try {
      return (await this.#attributes)(workflowId);
    } catch {
      this.#attributes = undefined;
      return undefined;
    }
  }

  /** Undefined: the node is free again, or busy and worth another try. */
  async #admit<Output>(
    asked: Admittable & { memo: Record<string, unknown> },
    request: object,
  ): Promise<Run<Output> | undefined> {
    const admitted = await this.#calls.within(() => admission(this.#calls.client, asked));
    if (admitted.verdict === 'free') return undefined;
    if (admitted.verdict === 'join') {
      const { runId: firstRunId, openRunId: runId = firstRunId } = admitted.running;
      return this.#run({ workflowId: admitted.running.workflowId, runId, firstRunId, joined: true });
    }
    if (admitted.verdict === 'busy') throw new OperationFailed('NodeBusy', admitted.message);
    if (admitted.verdict === 'differs') throw new OperationFailed('NodeDiffers', admitted.message);
    // Waiting for somebody's end must outlive this program: a workflow beside the node's waits, then works as a child.
    const { besideId: beside } = asked;
    try {
      return await this.#startNew({ ...asked, workflowId: beside }, request);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const { runId } = await this.#calls.within(() =>
        this.#calls.client.workflow.getHandle(beside).describe(),
      );
      return this.#run({ workflowId: beside, runId, joined: true });
    }
  }

  #run<Output>(run: WhichRun): Run<Output> {
    return new Run<Output>(this.#calls, run);
  }
}

const reapScheduleId = (project = DEFAULT_PROJECT) => `mooring.reap.${project}`;

const checked = <Type extends WorkflowType>(type: Type, input: unknown): Workflows[Type]['request'] =>
  orInvalidSpec(() => workflowTypes[type].parse(input));
