import type { Bench, Row } from '../row.ts';
import { costChart, costOf, costRows } from '../support/cost.ts';

const COUNTS = [10, 100, 1000];

export const scale: Bench = {
  name: 'scale',
  waits: true,
  about: 'what a node costs when ten, a hundred or a thousand are asked for at once',
  chart: costChart('What a node costs, by how many are asked for at once', {
    label: 'nodes at once, one worker',
    log: true,
    ticks: COUNTS,
  }),
  async run({ quick, tell }) {
    const rows: Row[] = [];
    for (const nodes of quick ? COUNTS.slice(0, 2) : COUNTS) {
      tell(`  ${nodes} nodes`);
      rows.push(...costRows(`${nodes} nodes`, nodes, await costOf({ nodes, workers: 1 })));
    }
    return rows;
  },
};
