import { inject } from 'vitest';
import type { FleetSpec } from '../../src/contract/index.ts';
import { nodeWorkflowId } from '../../src/contract/index.ts';
import type { Run } from '../../src/client/index.ts';
import { connectClient, type ClientConnection } from '../../src/temporal/connect.ts';
import { startEmbeddedServer, type EmbeddedServer } from '../../src/temporal/embedded-server.ts';
import { resetRun } from '../support/reset-run.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { PATIENT } from '../support/patience.ts';

/** A stack where Temporal finds a history long after so few events that a fleet of a dozen nodes has several runs. */
export class LongStack {
  readonly stack: Stack;
  readonly temporal: ClientConnection;
  readonly #server: EmbeddedServer;

  private constructor(stack: Stack, temporal: ClientConnection, server: EmbeddedServer) {
    this.stack = stack;
    this.temporal = temporal;
    this.#server = server;
  }

  static async start(): Promise<LongStack> {
    const server = await startEmbeddedServer({
      binary: inject('temporalCli'),
      dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 40 },
    });
    const { address } = server;
    const simulator = { bootMs: 200, volumeMs: 100, attachMs: 50, deleteMs: 50 };
    const stack = await Stack.start({ temporalAddress: address, simulator });
    return new LongStack(stack, await connectClient({ ...PATIENT, address }), server);
  }

  async stop(): Promise<void> {
    await this.stack.stop();
    await this.temporal.connection.close();
    await this.#server.stop();
  }

  /** What connects the program with it. */
  get environment(): NodeJS.ProcessEnv {
    return { TEMPORAL_ADDRESS: this.#server.address, MOORING_TASK_QUEUE: this.stack.mooring.taskQueue };
  }

  fleet(project: TestProject, overrides: Partial<FleetSpec> = {}): FleetSpec {
    return project.fleet({ count: 12, maxConcurrent: 3, ...overrides });
  }

  async provision(spec: FleetSpec): Promise<Run> {
    return this.stack.mooring.start('provisionFleet', spec);
  }

  /** The run that a chain of runs has come to. */
  async lastRun({ workflowId }: Pick<Run, 'workflowId'>): Promise<string> {
    return (await this.temporal.client.workflow.getHandle(workflowId).describe()).runId;
  }

  /** Waits until a fleet has continued as another run. */
  async continued(run: Run, from = run.runId): Promise<string> {
    let now = from;
    await until(async () => (now = await this.lastRun(run)) !== from);
    return now;
  }

  /** A run, else the last, begins again from its first task on, or from one so far into it (0 to 1). */
  async reset(
    { workflowId }: Pick<Run, 'workflowId'>,
    { from, at = 0 }: { from?: string; at?: number } = {},
  ) {
    const { client } = this.temporal;
    const runId = from ?? (await this.lastRun({ workflowId }));
    const tasks = await until(
      async () => {
        const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
        return (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
      },
      ({ length }) => length > 0,
    );
    return resetRun(client, { workflowId, runId }, tasks[Math.floor(at * tasks.length)]?.eventId);
  }

  node(project: TestProject, name: string) {
    return this.temporal.client.workflow.getHandle(
      nodeWorkflowId({ project: project.alias, region: 'GRA11', name }),
    );
  }
}

/** What a failed fleet says that it has left, and the ids of all that stands. */
export async function leftOf(run: Run): Promise<{ type: string; left: string[] }> {
  try {
    await run.result();
    return { type: 'completed', left: [] };
  } catch (error) {
    const { type, details } = error as { type: string; details?: { left: { id: string }[] } };
    return { type, left: (details?.left ?? []).map(({ id }) => id).toSorted() };
  }
}

export function standingIn({ instances, volumes }: TestProject): string[] {
  return [...instances, ...volumes].map(({ id }) => id).toSorted();
}
