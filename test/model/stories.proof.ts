import { describe, expect, test } from 'vitest';
import { isProof } from '../support/proof.ts';
import { explore } from './explore.ts';
import {
  begin,
  proposals,
  rules,
  steps,
  whatIsWrong,
  type Proposal,
  type Rule,
  type State,
  type Story,
} from './proof.ts';

/*
 * Every story of a rival without a shared lock, of lists that leave something out, of resets and of histories that are
 * gone. With all rules none ends badly; with one taken out, or with what was proposed in its place, there is a story
 * that does, and it is printed.
 */

const stories: Record<string, Story & { forces?: (Rule | Proposal)[] }> = {
  'a list that leaves out what stands': {
    stands: [0, 1],
    slots: 2,
    scripts: [['provision'], []],
    budget: { incomplete: 1, lose: 1, lag: 1, double: 1, error: 1, cancel: 1, late: 1 },
    forces: ['ownOnly', 'foundBySign', 'giveWay'],
  },
  'a rival, and doubles': {
    scripts: [['provision'], ['provision']],
    budget: { double: 1, lag: 1, cancel: 1, error: 1 },
    forces: ['age', 'ownShown', 'deleteYounger', 'besideYounger'],
  },
  'a rival, and lost answers': {
    scripts: [['provision'], ['provision']],
    budget: { lose: 2, late: 1, cancel: 1 },
    forces: ['adoptFinished', 'foundBySign'],
  },
  'a rival, and an instance with its volume': {
    slots: 2,
    scripts: [['provision'], ['provision']],
    budget: { cancel: 1, lose: 1 },
    forces: ['adoptWhole'],
  },
  'a rival that destroys': {
    scripts: [['provision'], ['provision', 'destroy']],
    budget: { cancel: 1, lag: 1 },
  },
  'a rival beside one that runs twice': {
    scripts: [['provision', 'provision'], ['provision']],
    budget: { error: 1, lose: 1, incomplete: 1 },
  },
  'a rival, and a list that leaves something out': {
    scripts: [['provision'], ['provision']],
    budget: { incomplete: 1, cancel: 1, lose: 1 },
    forces: ['giveWay'],
  },
  'a rival, and answers that are mixed up': {
    scripts: [['provision'], ['provision']],
    budget: { mixedUp: 1, error: 1, lag: 1 },
    forces: ['checkAnswers'],
  },
  'a run that is reset': {
    slots: 2,
    scripts: [['provision'], []],
    budget: { reset: 1, cancel: 1, lose: 1, late: 1 },
    forces: ['noticeReset', 'forgetFirst', 'waitAfterReset'],
  },
  'a run that is reset, and those that come after it': {
    scripts: [['provision', 'destroy', 'provision'], []],
    budget: { reset: 1, cancel: 1, lag: 1, late: 1 },
  },
  'a run that is reset beside a rival': {
    scripts: [['provision'], ['provision']],
    budget: { reset: 1, cancel: 1 },
  },
  'a history that is forgotten, and a reap': {
    scripts: [['provision', 'provision', 'reap'], []],
    budget: { forget: 1, error: 1, incomplete: 1, cancel: 1 },
    forces: ['reapByEvidence'],
  },
  'a run that is terminated, and a reap': {
    scripts: [['provision', 'reap'], []],
    budget: { terminate: 1, late: 2, double: 1, lag: 1, lose: 1 },
    forces: ['reapByIds'],
  },
  'a reap for one thing, and a list that leaves out another': {
    slots: 2,
    scripts: [['provision', 'provision', 'reap'], []],
    budget: { terminate: 1, double: 1, incomplete: 1 },
    mayLeave: true,
    forces: ['namesWhatGoes'],
  },
  'a run that is deleted while it runs, and the next': {
    scripts: [['provision', 'provision', 'reap'], []],
    budget: { deleteRun: 1, late: 1, lose: 1, cancel: 1 },
  },
  'a destroy that keeps the volume, and a list that leaves it out': {
    stands: [0, 1],
    slots: 2,
    scripts: [['destroy', 'provision'], []],
    budget: { incomplete: 1, cancel: 1 },
    forces: ['namesWhatGoes'],
  },
  'a worker that knows another project': {
    scripts: [['provision'], []],
    budget: { wrongWorker: 1, error: 1, lose: 1 },
    forces: ['checkWorkers'],
  },
};

/** Tens of thousands of states each, all of a rival: a proof's. What ends badly in them without a rule is always tried. */
const large = new Set([
  'a rival, and doubles',
  'a rival, and lost answers',
  'a rival, and an instance with its volume',
  'a rival that destroys',
]);
const whole = Object.entries(stories).filter(([name]) => isProof || !large.has(name));

test.each(whole)('%s: no story ends badly', (name, story) => {
  const { states, broken } = explore(begin(story), protocol(story));
  process.stdout.write(`${name}: ${states} states\n`);
  expect(broken).toBeUndefined();
});

describe('without a rule there is a story that ends badly', () => {
  test.each(Object.keys(rules) as Rule[])('%s', (rule) => {
    tell(`without "${rules[rule]}"`, rule);
  });
});

describe('what was proposed in place of a rule has a story that ends badly', () => {
  test.each(Object.keys(proposals) as Proposal[])('%s', (proposal) => {
    tell(`where a run ${proposals[proposal]}`, proposal);
  });
});

test('two are delivered, and none is deleted, where the list of a count shows all but what a rival has made', () => {
  const story: Story = { scripts: [['provision'], ['provision']], budget: { incompleteCount: 1 } };
  const { broken } = explore(begin(story), protocol(story));
  expect(broken?.why).toMatch(/ are delivered$/);
});

/** One shortest story of each that the change is the ruin of. */
function tell(what: string, change: Rule | Proposal): void {
  const ruined = Object.values(stories).filter(({ forces = [] }) => forces.includes(change));
  expect(ruined).not.toEqual([]);
  for (const story of ruined) {
    const { broken } = explore(begin(story), protocol(story, change));
    expect(broken).toBeDefined();
    const { why, trace } = broken!;
    process.stdout.write(`${what}: ${trace.join(' → ')}: ${why}\n`);
  }
}

function protocol(story: Story, ...changed: (Rule | Proposal)[]) {
  const set = new Set(changed);
  return {
    steps: (state: State) => steps(state, story, set),
    whatIsWrong: (state: State) => whatIsWrong(state, story),
  };
}
