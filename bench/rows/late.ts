import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from '../../src/client/index.ts';
import type { Bench, Row } from '../row.ts';
import { activitiesOf, eventsOf } from '../support/histories.ts';
import { provision, specsOf } from '../support/nodes.ts';
import { mean, quantile } from '../support/statistics.ts';
import { onStage, usualOvh, type Stage } from '../support/stage.ts';

/** Each alone in a project, with a consumer key, of its own. */
const ALONE = 60;
const TOGETHER = 100;

export const late: Bench = {
  name: 'late',
  waits: true,
  about:
    'how late readiness is noticed when there is nothing to learn: any boot time is as likely as another',
  async run({ quick }) {
    const [bootMs, last] = quick ? [20_000, 45_000] : [20_000, 120_000];
    const boots = `ready in ${bootMs / 1000}..${last / 1000} s`;
    const simulator = { ...usualOvh, bootMs, bootSpreadMs: last - bootMs, rateLimit: 0 };
    return onStage({ simulator, projects: ALONE }, async (stage) => {
      // Only now: a worker of so many projects asks for OVH's time so often when it starts.
      await stage.change({ rateLimit: usualOvh.rateLimit });
      const alone = provision(stage.mooring, specsOf('alone', ALONE, stage.projects));
      // Their creates are out of the way before the hundred come.
      await sleep(5000);
      const together = await provision(stage.mooring, specsOf('together', TOGETHER));
      return [
        ...rowsOf(`late, one alone, ${boots}`, await latenesses(stage, (await alone).runs), [2, 4]),
        ...rowsOf(`late, ${TOGETHER} at once, ${boots}`, await latenesses(stage, together.runs), [0.6, 1.2]),
      ];
    });
  },
};

/** Seconds from OVH's `ACTIVE` to the end of our wait in Temporal's history, for each run. */
async function latenesses({ simulator, temporal }: Stage, runs: Run[]): Promise<number[]> {
  const activeAt = new Map(simulator.state().instances.map(({ id, settledAt }) => [id, settledAt]));
  return Promise.all(
    runs.map(async (run) => {
      const { instance } = (await run.result()) as { instance: { id: string } };
      const wait = activitiesOf(await eventsOf(temporal.client, run)).find(
        ({ name }) => name === 'await-instance',
      );
      const active = activeAt.get(instance.id);
      if (!wait || active === undefined) throw new Error(`${run.workflowId} did not wait for its instance`);
      return (wait.endedAt - active) / 1000;
    }),
  );
}

function rowsOf(name: string, all: number[], [ofMean, ofP95]: [number, number]): Row[] {
  const row = (what: string, value: number, aim: number): Row => ({
    name: `${name}, ${what}`,
    ours: `${value.toFixed(2)} s`,
    beside: `aim ${aim.toFixed(1)} s`,
    ratio: value / aim,
    aim: '≤ 1.00',
  });
  return [row('mean', mean(all), ofMean), row('p95', quantile(all, 0.95), ofP95)];
}
