import type { Axis, Chart } from '../chart.ts';
import type { Row } from '../row.ts';
import { counted, meteredTemporal, total, type MeteredTemporal } from './actions.ts';
import { startBare } from './bare.ts';
import { kindsOf, provision, specsOf } from './nodes.ts';
import { processorMs } from './processor.ts';
import { CHANGES, leastMs, onStage } from './stage.ts';

/** What nodes at once have cost. */
interface Cost {
  nodes: number;
  /** Until the last one was ready. */
  seconds: number;
  calls: number;
  kinds: string;
  /** Calls that OVH has answered with 429. */
  refused: number;
  actions: number;
  /** Of the workers; NaN where nobody says it. */
  processorMs: number;
  /** The same of as many bare workflows, by as many bare workers, on the same server. */
  bare: { actions: number; processorMs: number };
}

/** Of so many nodes that are asked for at once, by so many workers that have seen nothing. */
export async function costOf({ nodes, workers }: { nodes: number; workers: number }): Promise<Cost> {
  const temporal = await meteredTemporal();
  try {
    return await onStage({ binary: temporal.binary, workers }, async (stage) => {
      const before = stage.simulator.calls().length;
      const ours = await spent(temporal, stage.workers, () =>
        provision(stage.mooring, specsOf('cost', nodes)),
      );
      const calls = stage.simulator.calls().slice(before);
      const bareWorkers = await Promise.all(Array.from({ length: workers }, () => startBare(stage)));
      try {
        const bare = await spent(temporal, bareWorkers, async () => {
          const ran = Array.from({ length: nodes }, async (_, index) => {
            const run = await bareWorkers[0]?.start('bareNode', `bare-${index}`);
            await run?.result();
          });
          await Promise.all(ran);
        });
        return {
          nodes,
          seconds: ours.result.seconds,
          calls: calls.length,
          kinds: kindsOf(calls, nodes),
          refused: calls.filter(({ status }) => status === 429).length,
          actions: ours.actions,
          processorMs: ours.processorMs,
          bare,
        };
      } finally {
        await Promise.all(bareWorkers.map((worker) => worker.stop()));
      }
    });
  } finally {
    await temporal.remove();
  }
}

async function spent<T>(temporal: MeteredTemporal, workers: { pid: number }[], act: () => Promise<T>) {
  const pids = Object.fromEntries(workers.map(({ pid }) => [`${pid}`, pid]));
  const used = async () => [...(await processorMs(pids)).values()].reduce((sum, ms) => sum + ms, 0);
  const { result, actions } = await counted(temporal, async () => {
    const before = await used();
    const acted = await act();
    return { acted, processorMs: (await used()) - before };
  });
  return { result: result.acted, actions: total(actions), processorMs: result.processorMs };
}

/** What is shown of a cost, in all or for each node. */
interface Measure {
  what: string;
  ours(cost: Cost): number;
  /** What nobody can be below, or what does less. */
  floor: string;
  least(cost: Cost): number;
  /** Of a time: other machines have others, so the chart has its ratio to the floor. */
  unit?: 's' | 'ms';
  detail?(cost: Cost): string;
}

const measures: Measure[] = [
  {
    what: 'calls to OVH for each node',
    ours: ({ calls, nodes }) => calls / nodes,
    floor: `the ${CHANGES} that change something`,
    least: () => CHANGES,
    detail: ({ kinds, refused }) => ` (${kinds}; ${refused} answered 429)`,
  },
  {
    what: 'Temporal Actions for each node',
    ours: ({ actions, nodes }) => actions / nodes,
    floor: 'as many activities that do nothing',
    least: ({ bare, nodes }) => bare.actions / nodes,
  },
  {
    what: 'processor time of the workers for each node',
    unit: 'ms',
    ours: ({ processorMs, nodes }) => processorMs / nodes,
    floor: 'as many activities that do nothing',
    least: ({ bare, nodes }) => bare.processorMs / nodes,
  },
  {
    what: 'time until the last node is ready',
    unit: 's',
    ours: ({ seconds }) => seconds,
    floor: "OVH's own time and its limit of calls a second",
    least: ({ nodes }) => leastMs(nodes) / 1000,
  },
];

/** A panel for each measure. */
export function costChart(title: string, x: Axis): Chart {
  const panels = measures.map(({ what, unit, floor }) => ({
    title: what,
    x,
    y: { label: unit ? 'ratio to the floor' : 'count' },
    lines: { Mooring: 'ours', [`floor: ${floor}`]: 'floor' } as const,
  }));
  return { title, panels };
}

/** @param x Where the chart has it. */
export function costRows(name: string, x: number, cost: Cost): Row[] {
  return measures.map(({ what, unit, floor, detail, ...measure }) => {
    const [ours, least] = [measure.ours(cost), measure.least(cost)];
    const shown = unit ? least : 1;
    const say = (value: number) => `${value.toFixed(1)}${unit ? ` ${unit}` : ''}`;
    return {
      name: `${name}: ${what}`,
      ours: `${say(ours)}${detail?.(cost) ?? ''}`,
      beside: `${floor} ${say(least)}`,
      ratio: ours / least,
      aim: '',
      points: [
        { panel: what, line: 'Mooring', x, y: ours / shown },
        { panel: what, line: `floor: ${floor}`, x, y: least / shown },
      ],
    };
  });
}
