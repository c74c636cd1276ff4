import { expect, test } from 'vitest';
import { type Clock, Ovh, OvhApiError, systemClock } from '../../src/ovh/index.ts';
import {
  credentials,
  ENDPOINT,
  isSigned,
  json,
  OvhServer,
  refusal,
  type SentRequest,
} from './support/ovh-server.ts';

const TEN_MINUTES = 600_000;

/** Answers as OVH does to a timestamp that is more than 30 s off. */
function strict(server: OvhServer, { headers }: SentRequest): Response {
  const off = Math.abs(Number(headers.get('x-ovh-timestamp')) - server.time());
  return off > 30 ? refusal(400, 'QUERY_TIME_OUT') : json(null);
}

function clockOffBy(ms: () => number): Clock {
  return { ...systemClock, now: () => Date.now() + ms() };
}

test('a machine whose clock is ten minutes off simply works', async () => {
  const server: OvhServer = new OvhServer((seen) => strict(server, seen));
  const clock = clockOffBy(() => -TEN_MINUTES);
  const ovh = new Ovh({ endpoint: ENDPOINT, credentials, fetch: server.fetch, clock });
  await ovh.project('p').instances.delete('a');
  await ovh.project('p').instances.delete('b');
  expect(server.calls).toHaveLength(2);
  expect(server.timeAsked).toBe(1);
});

test('a clock that steps is noticed by the refusal, and the call is signed once more', async () => {
  const server: OvhServer = new OvhServer((seen) => strict(server, seen));
  let step = 0;
  const ovh = new Ovh({
    endpoint: ENDPOINT,
    credentials,
    fetch: server.fetch,
    clock: clockOffBy(() => step),
  });
  const { instances } = ovh.project('p');
  await instances.delete('a');
  step = TEN_MINUTES;
  let asked = 0;
  await instances.delete('b', { beforeSend: () => void (asked += 1) });
  expect(server.calls.map(({ path }) => path.at(-1))).toEqual(['a', 'b', 'b']);
  expect(server.calls.every(isSigned)).toBe(true);
  expect(asked).toBe(2);
});

test('of many calls refused at once, one asks for the time', async () => {
  const server: OvhServer = new OvhServer((seen) => strict(server, seen));
  let step = 0;
  const ovh = new Ovh({
    endpoint: ENDPOINT,
    credentials,
    fetch: server.fetch,
    clock: clockOffBy(() => step),
  });
  const { instances } = ovh.project('p');
  await instances.delete('a');
  step = TEN_MINUTES;
  await Promise.all(['b', 'c', 'd'].map((id) => instances.delete(id)));
  expect(server.timeAsked).toBe(2);
});

test.each(['QUERY_TIME_OUT', 'INVALID_SIGNATURE', 'INVALID_KEY'])(
  'gives up when %s remains after a fresh time',
  async (errorCode) => {
    const server = new OvhServer(() => refusal(403, errorCode));
    const ovh = new Ovh({ endpoint: ENDPOINT, credentials, fetch: server.fetch });
    const creation = ovh
      .project('p')
      .volumes.create({ name: 'v', region: 'GRA11', size: 10, type: 'classic' });
    await expect(creation).rejects.toMatchObject({ errorCode });
    await expect(creation).rejects.toBeInstanceOf(OvhApiError);
    expect(server.calls).toHaveLength(2);
    expect(server.timeAsked).toBe(2);
  },
);

test('signs for the moment after beforeSend, however long that took', async () => {
  const server: OvhServer = new OvhServer((seen) => strict(server, seen));
  let now = Date.now();
  server.time = () => Math.floor(now / 1_000);
  const clock = { ...systemClock, now: () => now };
  const ovh = new Ovh({ endpoint: ENDPOINT, credentials, fetch: server.fetch, clock });
  await ovh.project('p').instances.delete('a', { beforeSend: () => void (now += TEN_MINUTES) });
  expect(server.calls).toHaveLength(1);
});

test.each<[string, () => Response]>([
  [
    'is lost',
    () => {
      throw new TypeError('fetch failed');
    },
  ],
  ['is a page', () => new Response('<html>', { status: 503 })],
  [
    'is a 404',
    () => json({ class: 'Client::NotFound', message: 'Got an invalid (or empty) URL' }, { status: 404 }),
  ],
  ['is no number', () => json('soon')],
])(
  'a call whose answer to "what time is it?" %s was never sent, and the next one asks again',
  async (_how, answer) => {
    const server = new OvhServer();
    let times = 0;
    const fetch = async (...request: Parameters<typeof globalThis.fetch>) => {
      times += 1;
      return times === 1 ? answer() : server.fetch(...request);
    };
    const { instances } = new Ovh({ endpoint: ENDPOINT, credentials, fetch }).project('p');
    const failure = {
      name: 'OvhNetworkError',
      sent: false,
      method: 'DELETE',
      path: '/cloud/project/p/instance/a',
    };
    await expect(instances.delete('a')).rejects.toMatchObject(failure);
    expect(server.calls).toEqual([]);
    await instances.delete('a');
    expect(server.calls).toHaveLength(1);
  },
);
