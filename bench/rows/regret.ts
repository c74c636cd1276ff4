import { regretOf, simplePolicy } from '../regret.ts';
import type { Bench } from '../row.ts';

export const regret: Bench = {
  name: 'regret',
  about:
    'how late readiness is noticed, beside an oracle that knows the distribution and makes as many calls',
  async run() {
    const simple = regretOf(simplePolicy()).at(-1);
    return regretOf().map(({ flavor, looks, lateMs, oracleMs, ratio }) => ({
      name: `regret, ${flavor}`,
      ours: `${lateMs.toFixed(0)} ms late by ${looks.toFixed(1)} looks`,
      beside: `oracle ${oracleMs.toFixed(0)} ms${flavor === 'all' && simple ? `; the median, then every 2 s: ${simple.lateMs.toFixed(0)} ms by ${simple.looks.toFixed(1)}` : ''}`,
      ratio,
      aim: '≤ 1.5',
    }));
  },
};
