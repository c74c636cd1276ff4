import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Governor, Ovh } from '../../src/ovh/index.ts';
import { credentials, isSigned } from './support/ovh-server.ts';
import { fc } from '../support/properties.ts';

interface Received {
  method: string;
  url: string;
  body: string;
  headers: Headers;
}

let server: Server;
let endpoint: string;
let received: Received;

beforeAll(async () => {
  server = createServer((request, response) => {
    void (async () => {
      const { method = '', url = '', headers } = request;
      const body = await buffer(request);
      if (url === '/1.0/auth/time') return response.end(String(Math.floor(Date.now() / 1_000)));
      received = {
        method,
        url: `http://${headers.host}${url}`,
        body: body.toString('latin1'),
        headers: new Headers(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      };
      const id = decodeURIComponent(url.split('/').at(-1) ?? '');
      return response.end(method === 'GET' ? '[]' : JSON.stringify({ ...volume, id }));
    })();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/1.0`;
});

afterAll(() => server.close());

const volume = {
  name: 'n',
  region: 'GRA11',
  size: 10,
  type: 'classic',
  status: 'creating',
  bootable: false,
  creationDate: '2026-01-01T00:00:00Z',
};

const text = fc.string({ unit: 'binary' });
const id = text.filter((id) => !['', '.', '..'].includes(id));
const anything = fc.dictionary(text, fc.jsonValue());

test('whatever path, query and body are, the signature verifies over the bytes that arrived', async () => {
  const ovh = new Ovh({
    endpoint,
    credentials,
    governor: new Governor({ start: 1e6, ceiling: 1e6, burst: 1e6 }),
  });
  await fc.assert(
    fc.asyncProperty(id, id, text, anything, async (projectId, volumeId, region, body) => {
      const { volumes } = ovh.project(projectId);
      await volumes.list(region);
      expect(verifies(received)).toBe(true);
      expect(new URL(received.url).searchParams.get('region')).toBe(region);
      await volumes.update(volumeId, body);
      expect(verifies(received)).toBe(true);
      const segments = new URL(received.url).pathname.split('/').map(decodeURIComponent);
      expect(segments.slice(4)).toEqual([projectId, 'volume', volumeId]);
      expect(received.headers.get('content-length')).toBe(String(received.body.length));
      expect(JSON.parse(Buffer.from(received.body, 'latin1').toString())).toEqual(
        JSON.parse(JSON.stringify(body)),
      );
    }),
    { numRuns: 200 },
  );
});

/** The body travels as latin1 here, one character per byte, so that it is compared as bytes. */
function verifies({ body, ...rest }: Received): boolean {
  return isSigned({ ...rest, body: Buffer.from(body, 'latin1').toString('utf8') });
}

test.each(['', '.', '..'])('refuses %j as an id: it would name another resource', async (id) => {
  const { volumes } = new Ovh({ endpoint, credentials }).project('p');
  await expect(volumes.delete(id)).rejects.toThrow(TypeError);
});
