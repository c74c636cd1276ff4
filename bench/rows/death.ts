import { setTimeout as sleep } from 'node:timers/promises';
import { timing } from '../../src/contract/timing.ts';
import type { Bench, Row } from '../row.ts';
import { counted, meteredTemporal, total } from '../support/actions.ts';
import { provision, specOf } from '../support/nodes.ts';
import { onStage, type Stage, usualOvh } from '../support/stage.ts';

/** Into its wait for an instance: the later, the less of the wait is left for another worker to notice in. */
const WAITED_MS = [28_000, 18_000, 8_000];

export const death: Bench = {
  name: 'death',
  waits: true,
  about:
    'how much later a node is ready whose only worker is killed, another begun at once, and what that costs in Actions',
  async run({ tell }) {
    const temporal = await meteredTemporal();
    try {
      return await onStage({ binary: temporal.binary }, async (stage) => {
        tell('  one node, undisturbed');
        const calm = await counted(temporal, () => provision(stage.mooring, [specOf('calm')]));
        tell('  four nodes, killed while OVH boots three and is asked for the fourth');
        const killed = await counted(temporal, () => disturbed(stage));
        const { waits, act, lookedFor } = killed.result;
        const late = ({ seconds }: Node) => seconds - calm.result.seconds;
        const [calmActions, actions] = [total(calm.actions), total(killed.actions) / (waits.length + 1)];
        const row = (name: string, seconds: number, mostMs: number, aim: string): Row => ({
          name,
          ours: `${seconds.toFixed(1)} s later`,
          beside: `noticed after at most ${(mostMs / 1000).toFixed(0)} s`,
          ratio: seconds / (mostMs / 1000),
          aim,
        });
        return [
          ...waits.map((node) =>
            row(`killed while OVH boots, ${node.name}`, late(node), timing.silentMs, 'below a minute'),
          ),
          row(
            'killed between a POST and its answer: until its work is looked for',
            lookedFor,
            timing.heartbeatMs,
            '≤ 12 s',
          ),
          row(
            'the node of that POST, which waits until a twin would show',
            late(act),
            timing.underWayMs + timing.settleMs,
            '',
          ),
          {
            name: 'Actions for a node whose worker is killed once',
            ours: actions.toFixed(1),
            beside: `undisturbed ${calmActions}`,
            ratio: actions / calmActions,
            aim: '',
          },
        ];
      });
    } finally {
      await temporal.remove();
    }
  },
};

interface Node {
  name: string;
  seconds: number;
}

interface Disturbed {
  waits: Node[];
  act: Node;
  /** Seconds from the kill until another worker has listed what there is. */
  lookedFor: number;
}

/** Nodes whose only worker is killed at one moment, after which another begins. */
async function disturbed(stage: Stage): Promise<Disturbed> {
  const { simulator, mooring } = stage;
  const began = performance.now();
  const [longest = 0] = WAITED_MS;
  const waiting = WAITED_MS.map(async (waitedMs): Promise<Node> => {
    await sleep(longest - waitedMs);
    const { seconds } = await provision(mooring, [specOf(`wait-${waitedMs / 1000}`)]);
    return { name: `${waitedMs / 1000} of ${usualOvh.bootMs / 1000} s`, seconds };
  });
  await sleep(longest - (performance.now() - began));
  simulator.addFault({ kind: 'hang-after', method: 'POST', path: '**/instance', times: 1 });
  const acting = provision(mooring, [specOf('act')]);
  while (!simulator.calls().some(({ fault }) => fault === 'hang-after')) await sleep(5);
  const killedAt = Date.now();
  await stage.replaceWorker();
  const { seconds } = await acting;
  const looked = simulator
    .calls()
    .find(({ time, method, path }) => time > killedAt && method === 'GET' && path.endsWith('/instance'));
  return {
    waits: await Promise.all(waiting),
    act: { name: 'act', seconds },
    lookedFor: ((looked?.time ?? Number.NaN) - killedAt) / 1000,
  };
}
