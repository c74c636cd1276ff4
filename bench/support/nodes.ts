import type { NodeSpec } from '../../src/contract/index.ts';
import type { Mooring, Run } from '../../src/client/index.ts';
import type { SimulatorCall } from '../../src/simulator/index.ts';

/** One instance and one volume. */
export function specOf(name: string, more: Partial<NodeSpec> = {}): NodeSpec {
  return {
    name,
    region: 'GRA11',
    flavor: 'b3-8',
    image: 'Debian 12',
    volumes: [{ name: 'data', size: 20 }],
    ...more,
  };
}

/** Names and projects of many: `web-1` in the first project, `web-2` in the next one, and round again. */
export function specsOf(prefix: string, count: number, projects: string[] = ['main']): NodeSpec[] {
  return Array.from({ length: count }, (_, index) =>
    specOf(`${prefix}-${index + 1}`, { project: projects[index % projects.length] ?? 'main' }),
  );
}

/** Asks for all at once. @returns Their runs and how long it took until the last was ready. */
export async function provision(
  mooring: Mooring,
  specs: NodeSpec[],
): Promise<{ runs: Run[]; seconds: number }> {
  const began = performance.now();
  const runs = await Promise.all(
    specs.map(async (spec) => {
      const run = await mooring.start('provisionNodeWithVolume', spec);
      await run.result();
      return run;
    }),
  );
  return { runs, seconds: (performance.now() - began) / 1000 };
}

/** `lists 4.0, by id 5.0, writes 3.0, catalogue 8.0` for each of so many nodes. */
export function kindsOf(calls: SimulatorCall[], nodes = 1): string {
  const kinds = { lists: 0, 'by id': 0, writes: 0, catalogue: 0 };
  for (const { method, path } of calls)
    if (method !== 'GET') kinds.writes += 1;
    else if (/\/(instance|volume)$/.test(path)) kinds.lists += 1;
    else if (/\/(instance|volume)\/[^/]+$/.test(path)) kinds['by id'] += 1;
    else kinds.catalogue += 1;
  return Object.entries(kinds)
    .map(([kind, count]) => `${kind} ${nodes === 1 ? count : (count / nodes).toFixed(1)}`)
    .join(', ');
}
