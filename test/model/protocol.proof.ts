import { describe, expect, test } from 'vitest';
import { explore } from './explore.ts';
import {
  begin,
  rules,
  steps,
  whatIsWrong,
  type Request,
  type Rule,
  type State,
  type Trouble,
} from './protocol.ts';

/*
 * Every story of a few troubles, explored to the end. With all rules none ends badly; with one taken out there is a
 * story that does, and it is printed.
 */

type Scenario = { script: Request[]; budget: Partial<Record<Trouble, number>> };

const scenarios: Record<string, Scenario> = {
  'twice the same, and the second fails or is cancelled': {
    script: ['provision', 'provision'],
    budget: { lose: 2, lag: 2, late: 1, cancel: 1, error: 1, crash: 1 },
  },
  'one provisioning, answers lost': {
    script: ['provision'],
    budget: { lose: 3, late: 2, lag: 2, crash: 2, duplicate: 1 },
  },
  'one provisioning, workers that stand still': {
    script: ['provision'],
    budget: { pause: 2, lose: 2, late: 1, crash: 1, lag: 2 },
  },
  'one provisioning, cancelled': {
    script: ['provision'],
    budget: { cancel: 1, lose: 2, late: 2, crash: 1, pause: 2, lag: 2 },
  },
  'one provisioning that OVH fails': {
    script: ['provision'],
    budget: { refuse: 1, error: 1, lose: 2, lag: 2, late: 1, lookFails: 2, keyExpires: 2 },
  },
  'a destroy, cancelled': {
    script: ['provision', 'destroy'],
    budget: { cancel: 1, lag: 1, duplicate: 1, lose: 1 },
  },
  'a run that was terminated, and the next': {
    script: ['provision', 'destroy', 'provision'],
    budget: { terminate: 1, lag: 2, late: 1, lose: 2, crash: 1 },
  },
  'one provisioning of which OVH makes two, hidden at first': {
    script: ['provision'],
    budget: { hiddenTwin: 1, lose: 1, lag: 1, late: 1, crash: 1, cancel: 1, error: 1 },
  },
  'a destroy that was terminated with its DELETE on the way, and a reap': {
    script: ['provision', 'destroy', 'reap', 'provision'],
    budget: { terminate: 1, lag: 2, lose: 1 },
  },
  'a reap beside a provisioning': {
    script: ['provision', 'reap'],
    budget: { lose: 2, lag: 2, late: 1, error: 1, crash: 1 },
  },
  'a reap after a run again that failed': {
    script: ['provision', 'provision', 'reap'],
    budget: { lose: 1, lag: 2, error: 1, cancel: 1, late: 1 },
  },
};

test.each(Object.entries(scenarios))('%s: no story ends badly', (name, { script, budget }) => {
  const { states, broken } = explore(begin(script, budget), without());
  process.stdout.write(`${name}: ${states} states\n`);
  expect(broken).toBeUndefined();
});

describe('without a rule there is a story that ends badly', () => {
  test.each(Object.keys(rules) as Rule[])('%s', (rule) => {
    const timeout = rule === 'noTimeout' ? 1 : 0;
    const broken = firstBroken(rule, timeout);
    expect(broken).toBeDefined();
    const { why, trace } = broken!;
    process.stdout.write(`without "${rules[rule]}": ${trace.join(' → ')}: ${why}\n`);
  });
});

function firstBroken(rule: Rule, timeout: number) {
  for (const { script, budget } of Object.values(scenarios)) {
    const { broken } = explore(begin(script, { ...budget, timeout }), without(rule));
    if (broken) return broken;
  }
  return undefined;
}

function without(...off: Rule[]) {
  return { steps: (state: State) => steps(state, new Set(off)), whatIsWrong };
}
