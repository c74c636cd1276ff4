import { randomBytes } from 'node:crypto';
import proto from '@temporalio/proto';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Members, type Demands } from '../../src/worker/members.ts';
import '../support/runtime.ts';
import { until } from '../support/until.ts';

/* Workers of a queue, as Temporal shows them to each other: a real server, and the beat that its shortest poll allows. */

const KEY = 'a consumer key';
const LIMIT = 20;
const beatMs = 3000;

let connection: NativeConnection;
const begun: Members[] = [];
beforeAll(async () => {
  connection = await NativeConnection.connect({ address: inject('temporalAddress') });
});
afterAll(async () => {
  await Promise.all(begun.map((members) => members.stop()));
  await connection.close();
});

function join(taskQueue: string, demands: () => Demands = () => new Map()): Members {
  const members = new Members().start({ connection, namespace: 'default', taskQueue, demands, beatMs });
  begun.push(members);
  return members;
}
const aQueue = () => `members-${randomBytes(6).toString('hex')}`;
const sharesOf = (all: Members[]) => all.map((members) => members.shareOf(KEY)(LIMIT));

test.concurrent('one alone has all of a limit, and nobody else of the namespace takes any', async () => {
  join(aQueue());
  const queue = aQueue();
  const [alone, partner] = [join(queue, () => new Map([[KEY, 20]])), join(queue)];
  await until(() => alone.count === 2);
  await partner.stop();
  await until(() => alone.count === 1);
  expect(alone.shareOf(KEY)(LIMIT)).toBe(LIMIT);
});

test.concurrent('three that need all share a limit fairly, and one that ends is missed', async () => {
  const queue = aQueue();
  const three = [1, 2, 3].map(() => join(queue, () => new Map([[KEY, 20]])));
  await until(() => three.every(({ count }) => count === 3));
  expect(sharesOf(three).map((share) => share.toFixed(1))).toEqual(['6.7', '6.7', '6.7']);

  await three[2]?.stop();
  const left = three.slice(0, 2);
  await until(() => left.every(({ count }) => count === 2));
  expect(sharesOf(left)).toEqual([10, 10]);
});

test.concurrent('what two do not need the third has, and it goes back when they need it', async () => {
  const queue = aQueue();
  let theirs = 0;
  const busy = join(queue, () => new Map([[KEY, 20]]));
  const others = [1, 2].map(() => join(queue, () => new Map([[KEY, theirs]])));
  await until(() => busy.count === 3 && busy.shareOf(KEY)(LIMIT) === 18);
  // Each that is idle may begin with its fair share at once, and is left a request a second until it is heard of.
  expect(sharesOf(others).every((share) => share > 6)).toBe(true);

  theirs = 20;
  await until(() => busy.shareOf(KEY)(LIMIT) < 7);
  expect(sharesOf([busy, ...others]).reduce((sum, share) => sum + share, 0)).toBeCloseTo(LIMIT);
});

test.concurrent('keys are told apart, and told as hashes', async () => {
  const queue = aQueue();
  const other = 'another consumer key';
  const one = join(queue, () => new Map([[KEY, 20]]));
  const two = join(queue, () => new Map([[other, 20]]));
  await until(() => one.shareOf(KEY)(LIMIT) === 19 && two.shareOf(other)(LIMIT) === 19);
  expect(one.shareOf(other)(LIMIT)).toBe(10);

  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace: 'default',
    taskQueue: { name: `${queue}-members` },
    taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
  });
  expect(pollers?.length).toBeGreaterThan(1);
  expect(JSON.stringify(pollers)).not.toContain('consumer key');
});
