import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { agent, call, debian, read, type Served } from './support/signed-call.ts';

/*
 * How many signed requests per second the simulator answers, beside the least that a server in Node does: each in a
 * process of its own, by the same generator, in turns, so that a noisy machine is as noisy for both.
 */

const connections = agent.maxSockets;
const secondsEach = 3;
const rounds = 2;

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
  const body = { name: 'bench', ...(await debian(served)) };
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
