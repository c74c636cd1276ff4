import type { Bench, Row } from '../row.ts';
import { costChart, costOf, costRows } from '../support/cost.ts';

const COUNTS = [1, 2, 3];

export const workers: Bench = {
  name: 'workers',
  waits: true,
  about: 'what a node costs when one worker, two or three share the work with one consumer key',
  chart: costChart('What a node costs, by how many workers share one consumer key', {
    label: 'workers',
    ticks: COUNTS,
  }),
  async run({ quick, tell }) {
    const nodes = quick ? 20 : 100;
    const rows: Row[] = [];
    for (const workers of COUNTS) {
      tell(`  workers: ${workers}`);
      rows.push(...costRows(`${nodes} nodes, workers ${workers}`, workers, await costOf({ nodes, workers })));
    }
    return rows;
  },
};
