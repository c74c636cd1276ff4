import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { once } from 'node:events';
import { request as plainRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { createSimulator, serveSimulator, type ServedSimulator } from '../../src/simulator/index.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { Caller } from './support.ts';

let served: ServedSimulator | undefined;
afterEach(() => served?.close());

test('is the same API on a socket, signed for its own address', async () => {
  const simulator = createSimulator();
  served = await serveSimulator(simulator);
  const caller = new Caller({ fetch }, simulator.first, Date.now);
  const answer = await caller.call('GET', '/cloud/project', undefined, { base: served.endpoint });
  expect(answer.body).toEqual([simulator.first.projectId]);
});

test.each(['reset-before', 'reset-after'] as const)('%s breaks the connection', async (kind) => {
  const simulator = createSimulator();
  const { endpoint } = (served = await serveSimulator(simulator));
  simulator.addFault({ kind });
  await expect(fetch(`${endpoint}/auth/time`)).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
  expect((await fetch(`${endpoint}/auth/time`)).status).toBe(200);
});

test('a peer that gives up ends what hangs, and a close does too', async () => {
  const simulator = createSimulator();
  const { endpoint, close } = (served = await serveSimulator(simulator));
  simulator.addFault({ kind: 'hang-after', times: 2 });
  const patience = new AbortController();
  const impatient = fetch(`${endpoint}/auth/time`, { signal: patience.signal }).catch(
    (error: unknown) => error,
  );
  await expect.poll(() => simulator.calls()).toHaveLength(1);
  patience.abort();
  expect(await impatient).toMatchObject({ name: 'AbortError' });
  const hanging = fetch(`${endpoint}/auth/time`).catch((error: unknown) => error);
  await expect.poll(() => simulator.calls()).toHaveLength(2);
  await close();
  served = undefined;
  expect(await hanging).toBeInstanceOf(TypeError);
});

test('answers nobody who calls it by another name, whatever is asked', async () => {
  const { url } = (served = await serveSimulator(createSimulator()));
  const paths = ['/', '/_simulator/state', '/_simulator/calls', '/1.0/auth/time', '/auth/oauth2/token'];
  const asked = async (path: string, host: string) => {
    const [answer] = (await once(plainRequest(`${url}${path}`, { headers: { host } }).end(), 'response')) as [
      IncomingMessage,
    ];
    return { status: answer.statusCode, said: await text(answer) };
  };

  for (const path of paths) {
    for (const host of [
      'evil.example',
      'evil.example:80',
      '127.0.0.1.evil.example',
      'localhost.evil.example',
    ]) {
      const { status, said } = await asked(path, host);
      expect({ path, host, status }).toEqual({ path, host, status: 403 });
      expect(said).toBe('{"message":"Call the simulator by 127.0.0.1."}');
    }
    expect((await asked(path, 'localhost')).status).not.toBe(403);
  }
});

test('speaks https with a certificate that can be trusted by its file', async () => {
  const { endpoint, certificatePath = '' } = (served = await serveSimulator(createSimulator(), {
    tls: true,
  }));
  const sent = request(`${endpoint}/auth/time`, { ca: readFileSync(certificatePath) }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  expect(answer.statusCode).toBe(200);
  answer.resume();
  await expect(fetch(`${endpoint}/auth/time`)).rejects.toThrow('fetch failed');
});

test("lets other machines call OVH's API by a name of its own over https, and nothing else", async () => {
  const folder = await temporaryFolder();
  const certificate = join(folder, 'certificate.pem');
  served = await serveSimulator(createSimulator(), { as: 'simulator', certificate });
  const { port } = new URL(served.endpoint);
  const ask = async (path: string, { name, from }: { name: string; from: string }) => {
    const sent = request(`https://127.0.0.1:${port}${path}`, {
      ca: readFileSync(certificate),
      servername: 'simulator',
      headers: { host: `${name}:${port}` },
      localAddress: from,
    }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    answer.resume();
    return answer.statusCode;
  };
  // An address of this machine that is not the one which it calls itself by stands for another machine.
  const far = { name: 'simulator', from: '127.0.0.2' };

  expect(served.endpoint).toBe(`https://simulator:${port}/1.0`);
  expect(await ask('/1.0/auth/time', far)).toBe(200);
  for (const path of ['/', '/_simulator/state', '/_simulator/calls']) {
    expect([path, await ask(path, far)]).toEqual([path, 403]);
    expect([path, await ask(path, { ...far, name: '127.0.0.1' })]).toEqual([path, 403]);
    expect([path, await ask(path, { name: '127.0.0.1', from: '127.0.0.1' })]).toEqual([path, 200]);
  }
  expect(await ask('/1.0/auth/time', { ...far, name: 'evil.example' })).toBe(403);
});
