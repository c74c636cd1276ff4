import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SharedLook } from '../../../src/activities/looking/shared-look.ts';

/** A look that takes a while and shows which one it was. */
function counted(pauseMs?: () => number) {
  const began: number[] = [];
  const ended: number[] = [];
  const shared = new SharedLook(async () => {
    began.push(performance.now());
    const count = began.length;
    await sleep(20);
    ended.push(performance.now());
    return count;
  }, pauseMs);
  return { shared, began, ended };
}

test('whoever asks while a look goes on is answered by the next one, all by the same', async () => {
  const { shared } = counted();
  const first = shared.ask();
  const others = [shared.ask(), shared.ask(), shared.ask()];
  expect(await Promise.all([first, ...others])).toEqual([1, 2, 2, 2]);
  expect(await shared.ask()).toBe(3);
});

test('a failed look is only that of those who waited for it', async () => {
  let looks = 0;
  const shared = new SharedLook(async () => {
    looks += 1;
    if (looks === 1) throw new Error('no answer');
    return looks;
  });
  const first = shared.ask();
  const second = shared.ask();
  await expect(first).rejects.toThrow('no answer');
  expect(await second).toBe(2);
});

test('after a look comes the pause, and those who ask in it share the next one', async () => {
  const { shared, began, ended } = counted(() => 1000);
  await shared.ask();
  expect(await Promise.all([shared.ask(), shared.ask()])).toEqual([2, 2]);
  expect((began[1] ?? 0) - (ended[0] ?? 0)).toBeGreaterThan(990);
});

test('whoever asks before a look has gone off shares it, and nobody who comes after', async () => {
  let looks = 0;
  const shared = new SharedLook(async (queued) => {
    const off = queued();
    looks += 1;
    const which = looks;
    await sleep(20);
    off();
    await sleep(20);
    return which;
  });
  const early = [shared.ask(), shared.ask()];
  await sleep(10);
  early.push(shared.ask());
  await sleep(20);
  const late = shared.ask();
  expect(await Promise.all([...early, late])).toEqual([1, 1, 1, 2]);
});

test('one that fails before it goes off keeps nobody back', async () => {
  let looks = 0;
  const shared = new SharedLook(async (queued) => {
    queued();
    looks += 1;
    if (looks === 1) throw new Error('refused');
    return looks;
  });
  await expect(shared.ask()).rejects.toThrow('refused');
  expect(await shared.ask()).toBe(2);
});
