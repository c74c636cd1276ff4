import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Looks, Mutations } from './worker.ts';

/** What does not work is a mistake of the bench's. */
const retry = { maximumAttempts: 1 };

const acts = { startToCloseTimeout: '150s', heartbeatTimeout: '30s' } as const;
const { change } = proxyActivities<Mutations>(acts);
const { create, attach } = proxyActivities<Mutations>({ ...acts, retry });
const looks = { taskQueue: `${workflowInfo().taskQueue}-observe`, startToCloseTimeout: '60s' } as const;
const { look } = proxyActivities<Looks>(looks);
const { lists, read } = proxyActivities<Looks>({ ...looks, retry });
const { wait } = proxyActivities<Looks>({ ...looks, startToCloseTimeout: '1h' });

/** As many activities as a node with one volume has, in the same shape on the same two queues, and nothing in them. */
export async function bareNode(): Promise<void> {
  await look();
  await Promise.all([made(), made()]);
  await change();
  await look();
}

/** The same with the calls in them that nobody can do without: no check, no undo, no sharing, and no second try. */
export async function plainNode(project: string, name: string): Promise<void> {
  await lists(project);
  const ready = async (kind: 'instance' | 'volume') => {
    const id = await create(project, kind, name);
    await read(project, kind, id);
    return id;
  };
  const [instance, volume] = await Promise.all([ready('instance'), ready('volume')]);
  await attach(project, volume, instance);
  await lists(project);
}

/** As far as a node whose instance is being built, and then waits. */
export async function bareWait(): Promise<void> {
  await look();
  await Promise.all([made(), change()]);
  await wait();
}

async function made(): Promise<void> {
  await change();
  await look();
}
