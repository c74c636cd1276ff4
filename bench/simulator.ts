import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request, type OutgoingHttpHeaders } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sign } from '../src/ovh/index.ts';

/*
 * How many signed requests per second the simulator answers, beside the least that a server in Node does: each in a
 * process of its own, by the same generator, in turns, so that a noisy machine is as noisy for both.
 */

const connections = 16;
const secondsEach = 3;
const rounds = 2;

interface Served {
  endpoint: string;
  applicationKey: string;
  applicationSecret: string;
  consumerKey: string;
  projectId: string;
}

interface Wanted {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  body?: object;
}

const agent = new Agent({ keepAlive: true, maxSockets: connections });

async function call({ endpoint, ...keys }: Served, { method, path, body }: Wanted): Promise<string | null> {
  const url = `${endpoint}${path}`;
  const text = body ? JSON.stringify(body) : '';
  const timestamp = Math.floor(Date.now() / 1000);
  const headers = {
    'X-Ovh-Application': keys.applicationKey,
    'X-Ovh-Consumer': keys.consumerKey,
    'X-Ovh-Timestamp': String(timestamp),
    'X-Ovh-Signature': sign({ ...keys, method, url, body: text, timestamp }),
    ...(body && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
  };
  const { status, text: answer } = await exchange(url, { method, headers, text });
  if (status !== 200) throw new Error(`${method} ${path}: ${status} ${answer}`);
  return answer === '' ? null : answer;
}

async function read(served: Served, wanted: Wanted): Promise<any> {
  return JSON.parse((await call(served, wanted)) ?? 'null');
}

/** Listeners alone: iterating over a response costs the generator more than the server its answer. */
async function exchange(
  url: string,
  { method, headers, text }: { method: string; headers: OutgoingHttpHeaders; text: string },
): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent }, (response) => {
      let answer = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (answer += chunk));
      response.on('end', () => resolve({ status: response.statusCode, text: answer }));
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

/** Requests per second that all connections together get answered. */
async function rate(act: () => Promise<number>): Promise<number> {
  const until = performance.now() + secondsEach * 1000;
  let count = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < until) {
        const answered = await act();
        count += answered;
      }
    }),
  );
  return count / secondsEach;
}

async function start(script: string, args: string[]): Promise<{ child: ChildProcess; served: Served }> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL(script, import.meta.url)), ...args],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [line] = await once(createInterface(child.stdout), 'line');
  return { child, served: JSON.parse(line) };
}

const nobody = { applicationKey: 'a', applicationSecret: 'b', consumerKey: 'c', projectId: 'd' };
const simulator = await start('../src/cli/main.ts', ['simulator', '--boot-ms', '0', '--delete-ms', '0']);
const floor = await start('floor-server.ts', []);
try {
  const { served } = simulator;
  const root = `/cloud/project/${served.projectId}`;
  const flavors = await read(served, { method: 'GET', path: `${root}/flavor?region=GRA11` });
  const images = await read(served, { method: 'GET', path: `${root}/image?region=GRA11` });
  const body = {
    name: 'bench',
    region: 'GRA11',
    flavorId: flavors.find((each: any) => each.osType === 'linux').id,
    imageId: images.find((each: any) => each.name === 'Debian 12' && each.status === 'active').id,
  };
  const ids: string[] = [];
  for (let made = 0; made < 100; made += 1)
    ids.push((await read(served, { method: 'POST', path: `${root}/instance`, body })).id);

  const loads: Record<string, () => Promise<number>> = {
    'floor: fixed body': async () => {
      await call({ ...nobody, endpoint: floor.served.endpoint }, { method: 'GET', path: '/anything' });
      return 1;
    },
    'one instance': async () => {
      await call(served, { method: 'GET', path: `${root}/instance/${ids[0]}` });
      return 1;
    },
    'list of 100 instances': async () => {
      await call(served, { method: 'GET', path: `${root}/instance` });
      return 1;
    },
    'create and delete': async () => {
      const { id } = await read(served, { method: 'POST', path: `${root}/instance`, body });
      await call(served, { method: 'DELETE', path: `${root}/instance/${id}` });
      return 2;
    },
  };
  const rates = new Map<string, number[]>();
  for (let round = 0; round < rounds; round += 1)
    for (const [name, act] of Object.entries(loads))
      rates.set(name, [...(rates.get(name) ?? []), await rate(act)]);
  const mean = (name: string) => (rates.get(name) ?? []).reduce((sum, each) => sum + each, 0) / rounds;
  const base = mean('floor: fixed body');
  for (const name of rates.keys())
    console.log(
      `${name.padEnd(24)} ${mean(name).toFixed(0).padStart(6)} requests/s   ${(mean(name) / base).toFixed(2)} of the floor`,
    );
} finally {
  simulator.child.kill('SIGTERM');
  floor.child.kill('SIGTERM');
  agent.destroy();
}
