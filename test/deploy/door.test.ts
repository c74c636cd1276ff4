import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, inject, onTestFinished, test } from 'vitest';
import { startEmbeddedServer } from '../../src/temporal/embedded-server.ts';
import { until } from '../support/until.ts';

const door = fileURLToPath(new URL('../../deploy/door.mjs', import.meta.url));

async function doorTo(url: string): Promise<string> {
  const child = spawn(process.execPath, [door], {
    env: { DOOR_TO: url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    child.kill();
    await once(child, 'close');
  });
  for await (const line of createInterface(child.stdout)) {
    const [, address] = /^door ready: (.*)$/.exec(line) ?? [];
    if (address) return address;
  }
  throw new Error('the door did not open');
}

interface Sent {
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: string;
}

/** With any headers at all, as `fetch` would not send them. */
async function send(url: string, { body, ...options }: Sent = {}): Promise<{ status: number; text: string }> {
  const asked = httpRequest(url, { ...options, agent: false }).end(body);
  const [answer] = await once(asked, 'response');
  return { status: answer.statusCode, text: await text(answer) };
}

const start = JSON.stringify({ workflowType: { name: 'anything' }, taskQueue: { name: 'none' } });

test('lets a program start a workflow, and no page of another origin', async () => {
  const address = await doorTo(inject('temporalHttpUrl'));
  const url = (id: string) => `${address}/api/v1/namespaces/default/workflows/${id}`;
  const post = (id: string, headers: OutgoingHttpHeaders) =>
    send(url(id), { method: 'POST', headers, body: start });

  const refused = await Promise.all([
    // No preflight asks before this one.
    post('door-plain', { 'content-type': 'text/plain', origin: 'https://evil.example' }),
    post('door-sandbox', { origin: 'null' }),
    post('door-form', { 'sec-fetch-site': 'cross-site' }),
    post('door-neighbour', { 'sec-fetch-site': 'same-site' }),
    post('door-rebound', { host: 'evil.example', origin: 'http://evil.example' }),
  ]);
  const allowed = await post('door-program', { 'content-type': 'application/json' });

  expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
  expect(allowed).toMatchObject({ status: 200, text: expect.stringContaining('runId') });
  const ids = ['plain', 'sandbox', 'form', 'neighbour', 'rebound', 'program'];
  const found = await Promise.all(
    ids.map((id) => send(`${inject('temporalHttpUrl')}/api/v1/namespaces/default/workflows/door-${id}`)),
  );
  expect(found.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 200]);
});

test('shows the Temporal UI to who calls it by its own name, and nothing to a page by DNS rebinding', async () => {
  const server = await startEmbeddedServer({ binary: inject('temporalCli'), uiPort: 0 });
  onTestFinished(() => server.stop());
  const address = await doorTo(server.uiUrl ?? '');
  const list = `${address}/api/v1/namespaces/default/workflows`;

  // The UI listens before it has found the server.
  await until(
    () => send(list),
    ({ status }) => status === 200,
  );
  const rebound = await send(list, { headers: { host: 'evil.example:8080' } });
  const own = await send(list, { headers: { 'sec-fetch-site': 'same-origin', origin: address } });

  expect(rebound).toMatchObject({ status: 403, text: expect.not.stringContaining('executions') });
  expect(own.status).toBe(200);
  expect((await send(address)).text).toContain('<!doctype html>');
});

test('says that nobody answers behind it', async () => {
  const address = await doorTo('http://127.0.0.1:9');

  expect(await send(address)).toEqual({ status: 502, text: 'nobody answers behind this door\n' });
});
