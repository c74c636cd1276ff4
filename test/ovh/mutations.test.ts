import { expect, test } from 'vitest';
import { type MutateOptions, Ovh } from '../../src/ovh/index.ts';
import { credentials, ENDPOINT, json, OvhServer, refusal } from './support/ovh-server.ts';

const request = { name: 'web-1', flavorId: 'f', imageId: 'i', region: 'GRA11' };

function client(fetch: typeof globalThis.fetch) {
  return new Ovh({ endpoint: ENDPOINT, credentials, fetch }).project('p');
}

test('sends nothing when beforeSend throws, and rejects with that very error', async () => {
  const server = new OvhServer();
  const fence = new Error('replaced by another worker');
  const creation = client(server.fetch).instances.create(request, {
    beforeSend: () => Promise.reject(fence),
  });
  await expect(creation).rejects.toBe(fence);
  expect(server.calls).toEqual([]);
});

test('runs beforeSend again before it signs again, and heeds it', async () => {
  const server = new OvhServer(() => refusal(400, 'QUERY_TIME_OUT'));
  const fence = new Error('cancelled meanwhile');
  let times = 0;
  const beforeSend = () => {
    times += 1;
    if (times === 2) throw fence;
  };
  await expect(client(server.fetch).instances.create(request, { beforeSend })).rejects.toBe(fence);
  expect(server.calls).toHaveLength(1);
});

test.each([408, 429, 500, 502, 503, 504])('never sends a POST twice after %i', async (status) => {
  const server = new OvhServer(() => json({ message: 'no' }, { status }));
  await expect(client(server.fetch).instances.create(request)).rejects.toMatchObject({ status });
  expect(server.calls).toHaveLength(1);
});

test('never sends a POST twice after a reset', async () => {
  let posts = 0;
  const server = new OvhServer(() => {
    posts += 1;
    throw Object.assign(new TypeError('fetch failed'), {
      cause: { code: 'ECONNRESET', message: 'read ECONNRESET' },
    });
  });
  await expect(client(server.fetch).instances.create(request)).rejects.toMatchObject({
    sent: true,
    timeout: false,
  });
  expect(posts).toBe(1);
});

test.each<[string, () => Response]>([
  ['200 and null', () => json(null)],
  ['200 and nothing', () => new Response(null)],
  ['204', () => new Response(null, { status: 204 })],
])('takes %s for a void answer', async (_name, answer) => {
  const server = new OvhServer(answer);
  await expect(client(server.fetch).instances.delete('a')).resolves.toBeUndefined();
  await expect(
    client(server.fetch).volumes.delete('v', { beforeSend: () => undefined }),
  ).resolves.toBeUndefined();
});

test('does not take a page for a void answer', async () => {
  const server = new OvhServer(() => new Response('<html>Log in to the hotel</html>'));
  await expect(client(server.fetch).instances.delete('a')).rejects.toMatchObject({
    problems: ['the body is not JSON'],
  });
});

test('sends a body as it was asked for, without what is undefined', async () => {
  const server = new OvhServer(() => json({ id: 'k', name: 'k', publicKey: 'ssh', regions: [] }));
  await client(server.fetch).sshKeys.create({ name: 'k', publicKey: 'ssh', region: undefined });
  expect(server.calls[0]).toMatchObject({ method: 'POST', path: '/cloud/project/p/sshkey' });
  expect(server.calls[0]?.body).toBe('{"name":"k","publicKey":"ssh"}');
  expect(server.calls[0]?.headers.get('content-type')).toBe('application/json');
});

test('offers no way to give up a mutation half-way', () => {
  // @ts-expect-error a signal is for reads
  const options: MutateOptions = { signal: AbortSignal.abort() };
  expect(options).toBeDefined();
});
