import type { Run } from '../../src/client/index.ts';
import type { Bench } from '../row.ts';
import { activitiesOf, eventsOf } from '../support/histories.ts';
import { kindsOf, provision, specsOf } from '../support/nodes.ts';
import { floorMs, leastMs, onStage, type Stage } from '../support/stage.ts';

/** A mutation that OVH refused with 429 is as good as unnoticed when it came again so soon. */
const UNNOTICED_MS = 2000;

export const many: Bench = {
  name: 'many',
  waits: true,
  about: "a hundred nodes at once, beside OVH's own time for one",
  async run({ quick }) {
    const count = quick ? 20 : 100;
    return onStage({}, async (stage) => {
      const before = stage.simulator.calls().length;
      const { runs, seconds } = await provision(stage.mooring, specsOf('many', count));
      const calls = stage.simulator.calls().slice(before);
      const refused = calls.filter(({ status }) => status === 429).length;
      const delayed = await delayedByRefusals(stage, runs);
      return [
        {
          name: `${count} nodes at once`,
          ours: `${seconds.toFixed(1)} s`,
          beside: `OVH's own time ${floorMs / 1000} s (${(leastMs(count) / 1000).toFixed(0)} s by the rate limit)`,
          ratio: (seconds * 1000) / floorMs,
          aim: '≤ 1.35',
        },
        {
          name: `calls for each of ${count}`,
          ours: `${(calls.length / count).toFixed(2)} (${kindsOf(calls, count)})`,
          beside: 'aim 5',
          ratio: calls.length / count / 5,
          aim: '≤ 1.00',
        },
        {
          name: `changes delayed > 2 s by a 429, of ${count} nodes`,
          ours: `${delayed} (${refused} calls answered 429)`,
          beside: `${count} nodes`,
          ratio: delayed / count,
          aim: '0',
        },
      ];
    });
  },
};

async function delayedByRefusals({ temporal }: Stage, runs: Run[]): Promise<number> {
  let delayed = 0;
  for (const run of runs)
    for (const activity of activitiesOf(await eventsOf(temporal.client, run))) {
      const { taskQueue, attempts, lastFailure = '', scheduledAt, startedAt } = activity;
      const isChange = taskQueue === 'mooring';
      if (isChange && attempts > 1 && /\(429\b/.test(lastFailure) && startedAt - scheduledAt > UNNOTICED_MS)
        delayed += 1;
    }
  return delayed;
}
