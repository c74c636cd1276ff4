import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EmbeddedStack } from '../src/cli/embedded-stack.ts';
import { Mooring } from '../src/client/index.ts';
import type { NodeSpec } from '../src/contract/index.ts';
import type { Simulator } from '../src/simulator/index.ts';

/*
 * How fast nodes come, and how many calls to OVH they cost, beside OVH's own time: what the simulator needs for an
 * instance and an attachment, which nobody can beat. A worker that has seen nothing, then the same once it has learned.
 */

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '100' },
    'boot-ms': { type: 'string', default: '33000' },
    quick: { type: 'boolean', default: false },
  },
});
const [attachMs, volumeMs, latencyMs, rateLimit] = [4000, 4000, 50, 20];
const bootMs = Number(values['boot-ms']);
const many = values.quick ? 20 : Number(values.nodes);
const floorMs = Math.max(bootMs, volumeMs) + attachMs;

const folder = await mkdtemp(join(tmpdir(), 'mooring-bench-'));
const stack = await EmbeddedStack.start({
  dataDir: folder,
  settle: '60s',
  simulator: { bootMs, attachMs, volumeMs, latencyMs, rateLimit },
  tell: (line) => process.stderr.write(`${line}\n`),
});
const mooring = await Mooring.connect({ address: stack.server.address });
try {
  const rows = [
    await measured('one node, nothing known', 1, 'cold'),
    await measured('one node', 1, 'learned'),
    await measured(`${many} nodes at once`, many, 'web'),
  ];
  console.log(`OVH's own time for a node with one volume: ${(floorMs / 1000).toFixed(1)} s`);
  console.table(Object.fromEntries(rows));
} finally {
  await mooring.close();
  await stack.stop();
  await rm(folder, { recursive: true });
}

async function measured(title: string, count: number, prefix: string): Promise<[string, object]> {
  const { simulator } = stack;
  const before = simulator.calls().length;
  const began = Date.now();
  const specs = Array.from({ length: count }, (_, index) => specOf(`${prefix}-${index + 1}`));
  const seconds = await Promise.all(
    specs.map(async (spec) => {
      const run = await mooring.start('provisionNodeWithVolume', spec);
      await run.result();
      return (Date.now() - began) / 1000;
    }),
  );
  const made = simulator.state().instances.filter(({ name }) => name.startsWith(`${prefix}-`)).length;
  if (made !== count) throw new Error(`${made} instances for ${count} nodes`);
  const last = Math.max(...seconds);
  const calls = simulator.calls().slice(before);
  return [
    title,
    {
      'all ready (s)': Number(last.toFixed(1)),
      '÷ OVH': Number(((last * 1000) / floorMs).toFixed(2)),
      'calls per node': Number((calls.length / count).toFixed(1)),
      '429s': calls.filter(({ status }) => status === 429).length,
      ...kindsOf(calls, count),
    },
  ];
}

function kindsOf(calls: ReturnType<Simulator['calls']>, count: number) {
  const lists = calls.filter(
    ({ method, path }) => method === 'GET' && /\/(instance|volume)$/.test(path),
  ).length;
  const byId = calls.filter(
    ({ method, path }) => method === 'GET' && /\/(instance|volume)\/[^/]+$/.test(path),
  ).length;
  const writes = calls.filter(({ method }) => method !== 'GET').length;
  const per = (sum: number) => Number((sum / count).toFixed(1));
  return {
    lists: per(lists),
    'by id': per(byId),
    writes: per(writes),
    catalogue: per(calls.length - lists - byId - writes),
  };
}

function specOf(name: string): NodeSpec {
  return { name, region: 'GRA11', flavor: 'b3-8', image: 'Debian 12', volumes: [{ name: 'data', size: 20 }] };
}
