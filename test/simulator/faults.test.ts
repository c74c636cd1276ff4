import { describe, expect, test } from 'vitest';
import type { Fault } from '../../src/simulator/index.ts';
import { createBench } from './support.ts';

const instances = '/cloud/project/*/instance';
const brokenConnection = { name: 'TypeError', message: 'fetch failed', cause: { code: 'ECONNRESET' } };

/** Creates an instance through the fault; says what was answered and how many instances there are. */
async function createThrough(fault: Fault) {
  const bench = createBench();
  const body = await bench.wanted();
  bench.simulator.addFault({ method: 'POST', path: instances, ...fault });
  const outcome = await bench.caller.project('POST', '/instance', body).catch((error: unknown) => error);
  return { bench, body, outcome, count: bench.simulator.state().instances.length };
}

describe('an answer that is lost or wrong', () => {
  test.each<[fault: Fault, answer: object, count: number]>([
    [{ kind: 'status' }, { status: 500, body: { class: 'Server::InternalServerError' } }, 0],
    [
      { kind: 'status', status: 403, errorCode: 'INVALID_CREDENTIAL' },
      { body: { errorCode: 'INVALID_CREDENTIAL' } },
      0,
    ],
    [
      { kind: 'status-after', status: 500 },
      { status: 500, body: { class: 'Server::InternalServerError' } },
      1,
    ],
    [{ kind: 'status-after', status: 504 }, { status: 504, body: undefined }, 1],
    [{ kind: 'reset-before' }, brokenConnection, 0],
    [{ kind: 'reset-after' }, brokenConnection, 1],
    [{ kind: 'html' }, { status: 504, text: expect.stringContaining('<html>') }, 0],
    [{ kind: 'malformed' }, { status: 200, body: undefined, text: expect.stringMatching(/^\{"id"/) }, 1],
    [{ kind: 'rate-limit' }, { status: 429, body: { class: 'Client::TooManyRequests' } }, 0],
    [{ kind: 'duplicate' }, { status: 200 }, 2],
  ])('%o', async (fault, answer, count) => {
    const { outcome, ...rest } = await createThrough(fault);
    expect(outcome).toMatchObject(answer);
    expect(rest.count).toBe(count);
  });
});

test('rate-limit says when to come back, if it is told to', async () => {
  const { outcome } = await createThrough({ kind: 'rate-limit', retryAfter: 7 });
  expect((outcome as { headers: Headers }).headers.get('Retry-After')).toBe('7');
});

test('instance-error lets the new instance end in ERROR, volume-error the new volume', async () => {
  const { bench } = await createThrough({ kind: 'instance-error' });
  bench.clock.advance(3000);
  expect(await bench.ok('GET', '/instance')).toMatchObject([{ status: 'ERROR', ipAddresses: [] }]);

  bench.simulator.addFault({ kind: 'volume-error', method: 'POST', path: '/cloud/project/*/volume' });
  expect(await bench.availableVolume()).toMatchObject({ status: 'error' });
});

test('volume-error brings attaching, detaching, growing and deleting to nothing', async () => {
  const { ok, clock, simulator, activeInstance, availableVolume } = createBench();
  const { id } = await availableVolume();
  const { id: instanceId } = await activeInstance();
  const fails = async (method: string, path: string, body?: object) => {
    simulator.addFault({ kind: 'volume-error', path: '/cloud/project/*/volume/**' });
    await ok(method, `/volume/${id}${path}`, body);
    clock.advance(1000);
    return (await ok('GET', `/volume/${id}`)).status;
  };
  expect(await fails('POST', '/attach', { instanceId })).toBe('available');
  await ok('POST', `/volume/${id}/attach`, { instanceId });
  clock.advance(800);
  expect(await fails('POST', '/detach', { instanceId })).toBe('in-use');
  await ok('POST', `/volume/${id}/detach`, { instanceId });
  clock.advance(800);
  expect(await fails('DELETE', '')).toBe('error_deleting');
});

test('hang-after applies and says nothing until the peer gives up', async () => {
  const { caller, simulator, wanted } = createBench();
  const body = await wanted();
  simulator.addFault({ kind: 'hang-after', method: 'POST', path: instances });
  const peer = new AbortController();
  const answer = caller.project('POST', '/instance', body, { signal: peer.signal });
  await expect.poll(() => simulator.state().instances).toHaveLength(1);
  expect(simulator.calls().at(-1)).toMatchObject({ status: 0, fault: 'hang-after' });
  peer.abort(new Error('enough'));
  await expect(answer).rejects.toThrow('enough');
});

test('hang-after ends in a broken connection after delayMs, or with a reset', async () => {
  const { caller, clock, simulator, wanted } = createBench();
  const body = await wanted();
  simulator.addFault({ kind: 'hang-after', method: 'POST', path: instances, delayMs: 100 });
  const first = caller.project('POST', '/instance', body).catch((error: unknown) => error);
  await expect.poll(() => simulator.state().instances).toHaveLength(1);
  clock.advance(100);
  expect(await first).toMatchObject(brokenConnection);

  simulator.addFault({ kind: 'hang-after', method: 'POST', path: instances });
  const second = caller.project('POST', '/instance', body).catch((error: unknown) => error);
  await expect.poll(() => simulator.state().instances).toHaveLength(2);
  simulator.reset();
  expect(await second).toMatchObject(brokenConnection);
});

test('late breaks the connection and applies the request afterwards, unless a reset comes before', async () => {
  const { bench, body, outcome, count } = await createThrough({ kind: 'late', delayMs: 40_000 });
  const { clock, simulator, caller } = bench;
  expect(outcome).toMatchObject(brokenConnection);
  expect(count).toBe(0);
  clock.advance(40_000);
  await expect.poll(() => simulator.state().instances).toHaveLength(1);

  simulator.addFault({ kind: 'late', method: 'POST', path: instances, delayMs: 10 });
  await expect(caller.project('POST', '/instance', body)).rejects.toThrow('fetch failed');
  simulator.reset();
  clock.advance(10);
  expect((await caller.project('GET', '/instance')).body).toEqual([]);
});

test('delay lets others act before the request is applied', async () => {
  const { caller, clock, simulator, availableVolume } = createBench();
  const { id } = await availableVolume();
  simulator.addFault({ kind: 'delay', method: 'GET', delayMs: 500 });
  const look = caller.project('GET', `/volume/${id}`);
  await expect.poll(() => simulator.calls().at(-1)?.fault).toBe('delay');
  expect((await caller.project('DELETE', `/volume/${id}`)).status).toBe(200);
  clock.advance(500);
  expect((await look).body).toMatchObject({ status: 'deleting' });
});

test('the latency comes after the request was applied', async () => {
  const { caller, clock, simulator } = createBench({ latencyMs: 50 });
  const body = { name: 'k', publicKey: 'ssh-ed25519 AAAA' };
  const answer = caller.project('POST', '/sshkey', body);
  await expect.poll(() => simulator.state().sshKeys).toHaveLength(1);
  clock.advance(50);
  expect((await answer).status).toBe(200);
});

test('a fault meets as many requests as it says, of its method and path alone', async () => {
  const { caller, simulator } = createBench();
  const { projectId } = simulator.first;
  simulator.addFault({ kind: 'status', path: `/cloud/project/${projectId}/*`, method: 'GET', times: 2 });
  const status = async (path: string) => (await caller.project('GET', path)).status;
  expect(await status('/volume/x')).toBe(404);
  expect([await status('/volume'), await status('/instance'), await status('/volume')]).toEqual([
    500, 500, 200,
  ]);
  simulator.addFault({ kind: 'status', path: '/cloud/**', times: 5 });
  expect(await status('/volume/x')).toBe(500);
  expect(simulator.faults()).toMatchObject([{ times: 4 }]);
  simulator.clearFaults();
  expect(await status('/volume')).toBe(200);
});

test('a chance is repeated by its seed', async () => {
  const outcomes = async () => {
    const { caller, simulator } = createBench();
    simulator.addFault({ kind: 'status', probability: 0.5, seed: 7, times: 1000 });
    const statuses = [];
    for (let count = 0; count < 40; count += 1) statuses.push((await caller.project('GET', '')).status);
    return statuses;
  };
  const once = await outcomes();
  expect(new Set(once)).toEqual(new Set([200, 500]));
  expect(await outcomes()).toEqual(once);
});

test('what was aborted before it was sent is never applied', async () => {
  const { caller, simulator, wanted } = createBench();
  const sent = caller.project('POST', '/instance', await wanted(), {
    signal: AbortSignal.abort(new Error('no')),
  });
  await expect(sent).rejects.toThrow('no');
  expect(simulator.state().instances).toEqual([]);
});

test('list-incomplete answers a list with a part of it, and waits for one', async () => {
  const { simulator, ok, availableVolume } = createBench();
  const { id } = await availableVolume();
  const { id: second } = await availableVolume();
  simulator.addFault({ kind: 'list-incomplete', times: 2 });
  simulator.addFault({ kind: 'list-incomplete', keep: 1 });
  expect(await ok('GET', `/volume/${id}`)).toMatchObject({ id });
  expect(await ok('PUT', `/volume/${id}`, { name: 'x' })).toMatchObject({ id });
  expect(await ok('GET', '/region/GRA11')).toMatchObject({ name: 'GRA11' });
  expect(await ok('GET', '/volume?region=GRA11')).toEqual([]);
  expect(await ok('GET', '/region')).toEqual([]);
  expect(await ok('GET', '/volume')).toMatchObject([{ id }]);
  expect(await ok('GET', '/volume')).toMatchObject([{ id }, { id: second }]);
  expect(simulator.faults()).toEqual([]);
});

test('answer-of-another applies the request and tells of something else of the kind', async () => {
  const { simulator, ok, wanted, activeInstance, availableVolume } = createBench();
  const { id: theirs } = await activeInstance({ name: 'theirs' });
  const mixUp = () => simulator.addFault({ kind: 'answer-of-another' });
  const { id } = await ok('POST', '/instance', await wanted({ name: 'ours' }));
  simulator.addFault({ kind: 'answer-of-another', method: 'POST' });
  expect(await ok('POST', '/instance', await wanted({ name: 'next' }))).toMatchObject({
    id: theirs,
    name: 'theirs',
    status: 'BUILD',
  });
  mixUp();
  expect(await ok('GET', `/instance/${id}`)).toMatchObject({ id: theirs, name: 'theirs' });
  mixUp();
  expect(await ok('GET', '/instance?region=GRA11')).toEqual([]);
  mixUp();
  expect(await ok('GET', '/region/GRA11')).toMatchObject({ name: expect.not.stringMatching('GRA11') });
  expect(simulator.state().instances).toHaveLength(3);

  const { id: lone } = await availableVolume({ name: 'lone' });
  mixUp();
  expect(await ok('GET', `/volume/${lone}`)).toMatchObject({
    id: expect.not.stringMatching(lone),
    name: 'somebody-elses',
    region: expect.not.stringMatching('GRA11'),
  });
});

test('answer-of-another tells of another project where no region is asked for, and nothing of a deletion', async () => {
  const { simulator, control, ok, availableVolume } = createBench();
  const { projectId } = simulator.addProject();
  await control('POST', '/volumes', { projectId, name: 'theirs' });
  const { id } = await availableVolume();
  simulator.addFault({ kind: 'answer-of-another' });
  expect(await ok('DELETE', `/volume/${id}`)).toBeNull();
  expect(simulator.faults()).toHaveLength(1);
  expect(await ok('GET', '/volume')).toMatchObject([{ name: 'theirs' }]);
});
