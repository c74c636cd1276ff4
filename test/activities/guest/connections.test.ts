import { expect, test } from 'vitest';
import { Connections } from '../../../src/activities/guest/connections.ts';

/* Whoever knocks at one guest more often is shut out by its sshd for a while. */

const guest = (host: string) => ({ host, port: 22 });

test('one address is tried once in two seconds, however many ask, and no other waits for it', async () => {
  const connections = new Connections(async () => Buffer.alloc(0));
  const began = performance.now();
  const at = async (host: string) => {
    await connections.turn(guest(host), undefined);
    return performance.now() - began;
  };
  const [first, second, third, other] = await Promise.all([at('a'), at('a'), at('a'), at('b')]);
  expect(Math.max(first, other)).toBeLessThan(second);
  // A timer may be a millisecond early.
  expect(second).toBeGreaterThanOrEqual(1998);
  expect(third).toBeGreaterThanOrEqual(3998);
});

test('who stops waiting for a turn stops at once', async () => {
  const connections = new Connections(async () => Buffer.alloc(0));
  await connections.turn(guest('a'), undefined);
  const stop = new AbortController();
  const waiting = connections.turn(guest('a'), stop.signal);
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
});
