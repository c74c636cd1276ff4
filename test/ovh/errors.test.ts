import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import {
  isCredentialRefusal,
  Ovh,
  OvhApiError,
  OvhNetworkError,
  OvhSchemaError,
} from '../../src/ovh/index.ts';
import answers from './fixtures/errors.json' with { type: 'json' };
import { credentials, ENDPOINT, json, OvhServer } from './support/ovh-server.ts';
import { VirtualClock } from './support/virtual-clock.ts';

const QUERY_ID = 'EU.ext-3.63ac85b6.10528.27b4f1fc';

async function failure(answer: () => Response): Promise<unknown> {
  const server = new OvhServer(answer);
  const ovh = new Ovh({ endpoint: ENDPOINT, credentials, fetch: server.fetch });
  return ovh
    .project('p')
    .instances.delete('i')
    .catch((error: unknown) => error);
}

test.each(answers.map((answer) => [JSON.stringify(answer.body).slice(0, 70), answer] as const))(
  'reads %s',
  async (_name, { status, body, layer }) => {
    const headers = { 'x-ovh-queryid': QUERY_ID };
    const error = await failure(() =>
      typeof body === 'string' ? new Response(body, { status, headers }) : json(body, { status, headers }),
    );
    expect(error).toBeInstanceOf(OvhApiError);
    expect(error).toMatchObject({
      status,
      method: 'DELETE',
      path: '/cloud/project/p/instance/i',
      queryId: QUERY_ID,
    });
    const fromOvh = typeof body !== 'string' && !layer?.startsWith('OpenStack');
    expect(error).toMatchObject({ fromOvh });
    if (typeof body === 'string' || !('message' in body)) return;
    expect(error).toMatchObject({ ovhClass: body.class, errorCode: body.errorCode, details: body.details });
    expect((error as OvhApiError).message).toContain(body.message);
  },
);

test('says who, what, where', async () => {
  const body = {
    class: 'Client::Forbidden',
    message: 'User not granted for this request',
    details: { unauthorizedActionsByIAM: 'publicCloudProject:apiovh:instance/delete' },
  };
  const error = await failure(() => json(body, { status: 403, headers: { 'x-ovh-queryid': QUERY_ID } }));
  expect(String(error)).toBe(
    'OvhApiError: DELETE /cloud/project/p/instance/i: User not granted for this request; missing IAM actions: ' +
      `publicCloudProject:apiovh:instance/delete (403, Client::Forbidden, query ${QUERY_ID})`,
  );
});

test.each([
  ['3', 3_000],
  [new Date(1_700_000_060_000).toUTCString(), 60_000],
  ['3600', 60_000],
  ['99999999999', 60_000],
  ['9'.repeat(400), 60_000],
  ['Fri, 31 Dec 9999 23:59:59 GMT', 60_000],
  ['Thu, 01 Jan 1970 00:00:00 GMT', undefined],
  ['0', undefined],
  ['-1', undefined],
  ['NaN', undefined],
  ['soon', undefined],
])('reads Retry-After: %s', async (header, retryAfterMs) => {
  const server = new OvhServer(() =>
    json({ message: 'no' }, { status: 429, headers: { 'retry-after': header } }),
  );
  const clock = new VirtualClock(1_700_000_000_000);
  const ovh = new Ovh({ endpoint: ENDPOINT, credentials, fetch: server.fetch, clock });
  await expect(ovh.projects.list()).rejects.toMatchObject({ status: 429, retryAfterMs });
});

test('survives details of a form that nobody has seen', async () => {
  const error = await failure(() => json({ message: 'no', class: 7, details: ['x'] }, { status: 400 }));
  expect(error).toMatchObject({ fromOvh: true, details: undefined, ovhClass: undefined });
});

test('does not follow a redirect', async () => {
  const error = await failure(() => Response.redirect('https://elsewhere.test/', 302));
  expect(error).toMatchObject({ status: 302, fromOvh: false });
});

test.each(['{"id":"i","na', '', 'null', '<html></html>', '[]', '{"id":7}'])(
  'does not take %j for an instance',
  async (body) => {
    const server = new OvhServer(() => new Response(body, { headers: { 'x-ovh-queryid': QUERY_ID } }));
    const ovh = new Ovh({ endpoint: ENDPOINT, credentials, fetch: server.fetch });
    const error = await ovh
      .project('p')
      .instances.get('i')
      .catch((error: unknown) => error);
    expect(error).toBeInstanceOf(OvhSchemaError);
    expect(error).toMatchObject({ status: 200, queryId: QUERY_ID });
    expect((error as OvhSchemaError).problems).not.toHaveLength(0);
  },
);

test.each([
  ['INVALID_CREDENTIAL', 403, true],
  ['NOT_CREDENTIAL', 403, true],
  ['invalid_client', 400, true],
  [undefined, 401, true],
  ['NOT_GRANTED_CALL', 403, false],
  [undefined, 403, false],
])('tells that %s with %i is about who asks: %s', (errorCode, status, expected) => {
  const asked = { method: 'GET', path: '/me', reason: 'no', fromOvh: true };
  expect(isCredentialRefusal(new OvhApiError({ ...asked, status, errorCode }))).toBe(expected);
});

/** A server that does to each connection what the test says. */
async function serve(connected: (socket: Socket) => void): Promise<{ server: Server; endpoint: string }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    connected(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { server, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/1.0` };
}

async function look(endpoint: string, timeoutMs = 10_000): Promise<unknown> {
  const ovh = new Ovh({ endpoint, credentials: { accessToken: 'token' }, timeoutMs });
  return ovh.projects.list().catch((error: unknown) => error);
}

test('knows that nothing was sent where nobody listens', async () => {
  const { server, endpoint } = await serve(() => undefined);
  server.close();
  await once(server, 'close');
  const error = await look(endpoint);
  expect(error).toBeInstanceOf(OvhNetworkError);
  expect(error).toMatchObject({ code: 'ECONNREFUSED', sent: false, timeout: false, path: '/cloud/project' });
  // The first call is for the time, on the way to a signature.
  expect(String(error).split('nothing was sent')).toHaveLength(2);
});

test('knows that nothing was sent where the name does not exist', async () => {
  // Where whoever is asked for names is silent, the request is given up before it knows that there is none.
  expect(await look('https://nowhere.invalid/1.0', 60_000)).toMatchObject({ sent: false });
});

test('takes a reset for sent', async () => {
  const { endpoint } = await serve((socket) => socket.once('data', () => socket.resetAndDestroy()));
  expect(await look(endpoint)).toMatchObject({ name: 'OvhNetworkError', sent: true, timeout: false });
});

test.each<[string, string]>([
  ['silence', ''],
  ['silence in the middle of the body', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n["a",'],
])('gives up in time on %s', async (_name, beginning) => {
  const { endpoint } = await serve((socket) => socket.once('data', () => socket.write(beginning)));
  expect(await look(endpoint, 200)).toMatchObject({ name: 'OvhNetworkError', sent: true, timeout: true });
});

test('does not take an answer that breaks off for an answer', async () => {
  const { endpoint } = await serve((socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n["a",')),
  );
  expect(await look(endpoint)).toMatchObject({ name: 'OvhNetworkError', sent: true, timeout: false });
});
