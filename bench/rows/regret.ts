import type { Point } from '../chart.ts';
import { latenessOf, regretOf, simplePolicy, steadyPolicy, workerPolicy } from '../regret.ts';
import type { Bench, Row } from '../row.ts';

/** So many wait who share each look: the more they are, the more looks one is worth. */
const SHARERS = [4, 16, 64];
const STEPS_S = [1, 2, 5, 10];

const panel = 'all flavors together, in virtual time';
const lines = {
  ours: 'Mooring',
  median: 'nine tenths of the median, then every n seconds',
  steady: 'every n seconds',
  oracle: 'floor: an oracle that knows the distributions, with as many looks',
};

export const regret: Bench = {
  name: 'regret',
  about:
    'how late readiness is noticed, beside an oracle that knows the distribution and makes as many calls',
  chart: {
    title: 'How late it is noticed that an instance is ready, by the looks that this takes',
    panels: [
      {
        title: panel,
        x: {
          label: 'looks at each boot: calls to OVH (one that many share counts for each of them)',
          log: true,
        },
        y: { label: 'mean lateness, seconds', log: true },
        lines: {
          [lines.ours]: 'ours',
          [lines.median]: 'peer',
          [lines.steady]: 'other-peer',
          [lines.oracle]: 'floor',
        },
      },
    ],
  },
  async run() {
    const simple = latenessOf(simplePolicy(2000));
    const peers = STEPS_S.flatMap((step) => [
      point(lines.median, latenessOf(simplePolicy(step * 1000)), `${step} s`),
      point(lines.steady, latenessOf(steadyPolicy(step * 1000)), `${step} s`),
    ]);
    const alone = regretOf(workerPolicy()).map(({ flavor, ...seen }) =>
      flavor === 'all'
        ? row(flavor, seen, {
            more: `; the median, then every 2 s: ${simple.lateMs.toFixed(0)} ms by ${simple.looks.toFixed(1)}`,
            points: [...both(seen, 'alone'), ...peers],
          })
        : row(flavor, seen),
    );
    const shared = SHARERS.map((sharers) => {
      const seen = regretOf(workerPolicy(sharers)).at(-1)!;
      return row(`all, ${sharers} share each look`, seen, {
        aim: '',
        points: both(seen, `${sharers} share`),
      });
    });
    return [...alone, ...shared];
  },
};

type Seen = Omit<ReturnType<typeof regretOf>[number], 'flavor'>;

function row(
  name: string,
  { looks, lateMs, oracleMs, ratio }: Seen,
  { aim = '≤ 1.5', more = '', points = [] }: { aim?: string; more?: string; points?: Point[] } = {},
): Row {
  return {
    name: `regret, ${name}`,
    ours: `${lateMs.toFixed(0)} ms late by ${looks.toFixed(1)} looks`,
    beside: `oracle ${oracleMs.toFixed(0)} ms${more}`,
    ratio,
    aim,
    points,
  };
}

function both({ looks, lateMs, oracleMs }: Seen, label: string): Point[] {
  return [point(lines.ours, { looks, lateMs }, label), point(lines.oracle, { looks, lateMs: oracleMs })];
}

function point(line: string, { looks, lateMs }: { looks: number; lateMs: number }, label = ''): Point {
  return { panel, line, x: looks, y: lateMs / 1000, label };
}
