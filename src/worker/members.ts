import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import proto from '@temporalio/proto';
import type { NativeConnection } from '@temporalio/worker';
import { timing } from '../contract/timing.ts';
import { msOf } from '../temporal/recorded.ts';

const { DescribeTaskQueueMode, TaskQueueKind, TaskQueueType } = proto.temporal.api.enums.v1;

/** Requests a second that each who is idle is left of a key's limit: it may begin at any moment. */
const LEFT_TO_THE_IDLE = 1;
/** Temporal refuses a poll that ends sooner. */
const SHORTEST_POLL_MS = 3000;
/** Workers are often started together. */
const FIRST_LOOKS_MS = [300, 300, 1000, 3000];
/** Temporal takes a thousand characters of an identity. */
const MOST_KEYS = 60;

/** Of each who calls OVH, or by the name that others know a caller's key by: how many requests a second were asked for. */
export type Demands = Map<string, number>;

interface Membership {
  connection: NativeConnection;
  namespace: string;
  /** Of the workers who are to know of each other. */
  taskQueue: string;
  /** By caller, over so many seconds. Asked at each beat. */
  demands: (seconds: number) => Demands;
  beatMs?: number;
}

/**
 * How many workers share the queue, and with it each consumer key. Each polls a queue to which nobody sends a task, under a name
 * that says what it asks of OVH: Temporal shows to all who has polled, and when. A poll without a task is no Action. One that has
 * not polled for two beats and a half is gone. Whoever cannot ask takes itself for the only one.
 */
export class Members {
  readonly #id = randomUUID().slice(0, 8);
  #others = new Map<string, Demands>();
  /** What this one has told of itself, and asked for for a beat. */
  #told: Demands = new Map();
  readonly #end = new AbortController();
  #going: Promise<unknown> | undefined;

  /** This one included. */
  get count(): number {
    return 1 + this.#others.size;
  }

  /**
   * Tells, whenever it is asked, how much of the limit of a caller's key is this one's. Its fair share, and what others do not need, once they have been told that it is
   * needed here: all who begin at one moment begin with their fair shares.
   */
  shareOf(caller: string): (limit: number) => number {
    const key = nameOfKey(caller);
    return (limit) => this.#shareOf(key, limit);
  }

  #shareOf(key: string, limit: number): number {
    const fair = limit / this.count;
    const needs = this.#told.get(key) ?? 0;
    if (needs < fair / 2) return fair;
    const taken = [...this.#others.values()].map((demands) =>
      Math.min(fair, (demands.get(key) ?? 0) * 1.25 + LEFT_TO_THE_IDLE),
    );
    return Math.max(fair, limit - taken.reduce((sum, each) => sum + each, 0));
  }

  start(membership: Membership): this {
    const { beatMs = timing.memberMs } = membership;
    this.#going = Promise.all([
      this.#goOn(beatMs, () => this.#poll(membership, beatMs)),
      this.#goOn(beatMs, (times) => this.#look(membership, beatMs, times), FIRST_LOOKS_MS),
    ]);
    return this;
  }

  /** Resolves once nothing uses the connection any more. */
  async stop(): Promise<void> {
    this.#end.abort();
    await this.#going;
  }

  /** Once a beat, whatever comes of it; at first after shorter ones. */
  async #goOn(
    beatMs: number,
    act: (times: number) => Promise<void>,
    shorter: readonly number[] = [],
  ): Promise<void> {
    const { signal } = this.#end;
    for (let times = 0; !signal.aborted; times += 1) {
      const pauseMs = Math.min(beatMs, shorter[times] ?? beatMs);
      const next = sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
      await act(times).catch(() => undefined);
      await next;
    }
  }

  /** Ends by itself: there are no tasks. */
  async #poll({ connection, namespace, taskQueue, demands }: Membership, beatMs: number): Promise<void> {
    const wanted = new Map(
      [...demands(beatMs / 1000)].map(([caller, perSecond]) => [nameOfKey(caller), perSecond]),
    );
    const identity = `${this.#id} ${written(wanted)}`;
    const poll = { namespace, identity, taskQueue: queueOf(taskQueue) };
    const polled = connection.withAbortSignal(this.#end.signal, () =>
      connection.withDeadline(Date.now() + Math.max(beatMs, SHORTEST_POLL_MS), () =>
        connection.workflowService.pollActivityTaskQueue(poll),
      ),
    );
    await polled.catch(() => undefined);
    this.#told = wanted;
  }

  async #look(
    { connection, namespace, taskQueue }: Membership,
    beatMs: number,
    times: number,
  ): Promise<void> {
    const ask = () =>
      connection.workflowService.describeTaskQueue({
        namespace,
        taskQueue: queueOf(taskQueue),
        taskQueueType: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        // A queue may have several parts, each with pollers of its own.
        // What it says of all parts may be some seconds old; at first what it says of one part must do.
        ...(times >= FIRST_LOOKS_MS.length && {
          apiMode: DescribeTaskQueueMode.DESCRIBE_TASK_QUEUE_MODE_ENHANCED,
        }),
        taskQueueTypes: [TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY],
        reportPollers: true,
      });
    const { pollers, versionsInfo } = await connection.withAbortSignal(this.#end.signal, () =>
      connection.withDeadline(Date.now() + timing.callMs, ask),
    );
    const inParts = Object.values(versionsInfo ?? {}).flatMap(({ typesInfo }) =>
      Object.values(typesInfo ?? {}).flatMap((info) => info.pollers ?? []),
    );
    this.#others = othersIn(
      [...(pollers ?? []), ...inParts].map(({ identity, lastAccessTime }) => ({
        identity: identity ?? '',
        at: msOf(lastAccessTime),
      })),
      { id: this.#id, forMs: 2.5 * Math.max(beatMs, SHORTEST_POLL_MS) },
    );
  }
}

/** A consumer key is a secret: others know it by the beginning of its hash. */
function nameOfKey(caller: string): string {
  return createHash('sha256').update(caller).digest('base64url').slice(0, 6);
}

/** Those who have polled lately by Temporal's own clock, with what each has said last. */
function othersIn(
  pollers: { identity: string; at: number }[],
  { id, forMs }: { id: string; forMs: number },
): Map<string, Demands> {
  const now = Math.max(...pollers.map(({ at }) => at));
  const alive = pollers.filter(({ at }) => now - at < forMs).toSorted((a, b) => a.at - b.at);
  const said = alive.map(({ identity }) => {
    const [name = '', ...demands] = identity.split(' ');
    return [name, read(demands)] as const;
  });
  return new Map(said.filter(([name]) => name !== id));
}

function written(demands: Demands): string {
  return [...demands]
    .filter(([, perSecond]) => perSecond > 0)
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, MOST_KEYS)
    .map(([key, perSecond]) => `${key}=${perSecond.toFixed(1)}`)
    .join(' ');
}

function read(demands: string[]): Demands {
  const pairs = demands.map((text) => {
    const at = text.lastIndexOf('=');
    return [text.slice(0, at), Number(text.slice(at + 1)) || 0] as const;
  });
  return new Map(pairs.filter(([key]) => key !== ''));
}

function queueOf(taskQueue: string) {
  return { name: `${taskQueue}-members`, kind: TaskQueueKind.TASK_QUEUE_KIND_NORMAL };
}
