import type { NodeSpec } from '../../src/contract/index.ts';
import type { Bench, Row } from '../row.ts';
import { counted, meteredTemporal, total, type MeteredTemporal } from '../support/actions.ts';
import { kindsOf, provision, specOf, specsOf } from '../support/nodes.ts';
import { floorMs, onStage, type Stage } from '../support/stage.ts';

/** Two minutes more than usual, each of which may cost one Action. */
const LONG_BOOT_MS = 153_000;
const TAUGHT_BY = 4;

export const node: Bench = {
  name: 'node',
  waits: true,
  about:
    'one node with a volume: time, calls to OVH and Temporal Actions, by a worker that has seen nothing and then by one that has',
  async run({ quick, tell }) {
    const temporal = await meteredTemporal();
    try {
      return await onStage({ binary: temporal.binary }, async (stage) => {
        tell(`  a worker's start: ${kindsOf(stage.simulator.calls())}`);
        const cold = await measured(stage, temporal, specOf('cold'));
        // What a worker knows after its first few nodes.
        await provision(stage.mooring, specsOf('taught', TAUGHT_BY));
        const learned = await measured(stage, temporal, specOf('learned'));
        tell(`  history of such a run: ${(cold.historyBytes / 1024).toFixed(1)} KiB`);
        const rows = [
          seconds('one node, nothing known', cold, '≤ 1.10'),
          seconds('one node, learned', learned, '≤ 1.05'),
          calls('calls for it, nothing known', cold, 20),
          calls('calls for it, learned', learned, 14),
          actions('Actions for it, 33 s boot', cold, 8),
        ];
        if (quick) return rows;
        await stage.change({ bootMs: LONG_BOOT_MS });
        const long = await measured(stage, temporal, specOf('long', { flavor: 'b3-16' }));
        return [...rows, actions('Actions for it, 153 s boot', long, 11)];
      });
    } finally {
      await temporal.remove();
    }
  },
};

interface Measured {
  seconds: number;
  calls: number;
  kinds: string;
  actions: Map<string, number>;
  historyBytes: number;
}

async function measured(stage: Stage, temporal: MeteredTemporal, spec: NodeSpec): Promise<Measured> {
  const { simulator, mooring, temporal: server } = stage;
  const before = simulator.calls().length;
  const { result, actions } = await counted(temporal, () => provision(mooring, [spec]));
  const { seconds, runs } = result;
  const calls = simulator.calls().slice(before);
  const { raw } = await server.client.workflow.getHandle(runs[0]?.workflowId ?? '').describe();
  const historyBytes = Number(raw.workflowExecutionInfo?.historySizeBytes);
  return { seconds, calls: calls.length, kinds: kindsOf(calls), actions, historyBytes };
}

function seconds(name: string, { seconds }: Measured, aim: string): Row {
  const floor = floorMs / 1000;
  return {
    name,
    ours: `${seconds.toFixed(2)} s`,
    beside: `OVH's own time ${floor} s`,
    ratio: seconds / floor,
    aim,
  };
}

function calls(name: string, { calls, kinds }: Measured, most: number): Row {
  return { name, ours: `${calls} (${kinds})`, beside: `aim ${most}`, ratio: calls / most, aim: '≤ 1.00' };
}

function actions(name: string, { actions }: Measured, most: number): Row {
  const count = total(actions);
  const kinds = [...actions].map(([kind, each]) => `${kind} ${each}`).join(', ');
  return { name, ours: `${count} (${kinds})`, beside: `aim ${most}`, ratio: count / most, aim: '≤ 1.00' };
}
