import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { remembering } from '../../src/conformance/exchange.ts';
import { Lab, type Site } from '../../src/conformance/lab.ts';
import { skewWindow } from '../../src/conformance/probes/skew-window.ts';
import { Ovh } from '../../src/ovh/index.ts';
import { credentials } from '../ovh/support/ovh-server.ts';

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('no call follows a redirect with signed headers, the probes that sign by hand neither', async () => {
  const heard: unknown[] = [];
  const elsewhere = await serve((request, response) => {
    heard.push(request.headers);
    response.end('{}');
  });
  const asked: string[] = [];
  const endpoint = `${await serve((request, response) => {
    if (request.url === '/1.0/auth/time') return response.end(String(Math.floor(Date.now() / 1000)));
    asked.push(request.url ?? '');
    return response.writeHead(307, { location: `${elsewhere}${request.url}` }).end();
  })}/1.0`;
  const { fetch } = remembering();
  const signal = new AbortController().signal;
  const ovh = new Ovh({ endpoint, credentials, fetch });
  const site = { ovh, baseUrl: endpoint, credentials: () => credentials, signal } as unknown as Site;

  const found = await skewWindow.ask(new Lab(site));
  await expect(ovh.projects.list()).rejects.toThrow('307');
  await expect(new Ovh({ endpoint, credentials }).projects.list()).rejects.toThrow('307');

  expect(found).toMatchObject({ says: 'not found out: OVH takes no signature made by hand' });
  expect(asked).toHaveLength(3);
  expect(heard).toEqual([]);
});
