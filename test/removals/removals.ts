/** A rule of the protocol, what is left where its code is taken out, and the test that then fails. */
export interface Removal {
  /** By which comments in `src` mark its code. */
  id: string;
  rule: string;
  /** What stands there instead. */
  without: string;
  test: string;
  /** Part of the test's name. */
  name: string;
}

const workflows = 'test/workflows';

export const removals: Removal[] = [
  {
    id: '1',
    rule: 'what was there before is never undone',
    without: "goes: { which: 'node', volumes: 'delete' },",
    test: `${workflows}/rollback.test.ts`,
    name: 'what was there before stays as it was',
  },
  {
    id: '2',
    rule: 'a look before every create',
    without: 'const found = (await Promise.resolve([look, wasJustLooked])) && undefined;',
    test: `${workflows}/lost-answers.test.ts`,
    name: 'while lists lag',
  },
  {
    id: '3',
    rule: 'an unclear answer is looked after for the settle window',
    without: 'return undefined;',
    test: `${workflows}/lost-answers.test.ts`,
    name: 'while lists lag',
  },
  {
    id: '4',
    rule: 'the fence before each POST',
    without: '',
    test: `${workflows}/worker-death.test.ts`,
    name: 'stands still between look and POST',
  },
  {
    id: '5',
    rule: 'the id is in history as soon as OVH has answered',
    without: '',
    test: `${workflows}/rollback.test.ts`,
    name: '',
  },
  {
    id: '6',
    rule: 'a count at the end',
    without: 'return describeNode(node, plan, { instance, boot, data });',
    test: `${workflows}/lost-answers.test.ts`,
    name: 'an instance that OVH made twice',
  },
  {
    id: '7a',
    rule: 'an undo waits for what was unclear',
    without: 'if (isDone || settled) return this.#reduced();',
    test: `${workflows}/rollback.test.ts`,
    name: 'an undo waits for what OVH may still be making',
  },
  {
    id: '7b',
    rule: 'an undo begins once lists have shown what history knows',
    without: '',
    test: `${workflows}/rollback.test.ts`,
    name: 'finds the twin',
  },
  {
    id: '7c',
    rule: 'an undo watches what stood before for an attach whose answer was lost',
    without: 'const attachUnclear = null;',
    test: `${workflows}/rollback.test.ts`,
    name: 'attaches later',
  },
  {
    id: '8',
    rule: 'a cancel waits for the act',
    without: 'cancellationType: ActivityCancellationType.TRY_CANCEL,',
    test: `${workflows}/rollback.test.ts`,
    name: 'a cancel while the answer of the POST is on its way',
  },
  {
    id: '9',
    rule: 'a failed look fails no step',
    without: 'nonRetryable: true,',
    test: `${workflows}/lost-answers.test.ts`,
    name: '500 before',
  },
  {
    id: '10',
    rule: 'credentials that expire roll back nothing',
    without:
      "const CREDENTIALS: Verdict = { applied: 'no', final: 'OvhForbidden', retryMs: 30_000, advice: RENEW };",
    test: 'test/faults/circumstances.test.ts',
    name: 'a consumer key that expires',
  },
  {
    id: '11',
    rule: 'a cancel rolls back',
    without: 'const keepsParts = cancelled || this.keepsParts();',
    test: `${workflows}/rollback.test.ts`,
    name: 'a cancel leaves nothing',
  },
  {
    id: '12',
    rule: 'no time-out of the whole run',
    without: "workflowExecutionTimeout: '3s',",
    test: `${workflows}/rollback.test.ts`,
    name: 'an undo that OVH resists',
  },
  {
    id: '13',
    rule: 'a destroy that has begun finishes',
    without: 'return this.#deleted(name, all);',
    test: `${workflows}/destroy.test.ts`,
    name: 'a cancel after the first DELETE',
  },
  {
    id: '14',
    rule: 'a reap asks what is wanted',
    without: '',
    test: `${workflows}/reap.test.ts`,
    name: 'what nobody wants is named',
  },
  {
    id: '15',
    rule: 'after a termination the settle window comes first',
    without: 'if (left < Number.POSITIVE_INFINITY) continue;',
    test: `${workflows}/terminated.test.ts`,
    name: '',
  },
  {
    id: '17',
    rule: 'what a lost answer made is found by the sign of its own run alone',
    without: 'const own = instances;',
    test: `${workflows}/proof.test.ts`,
    name: 'what stands is not taken for what a lost answer made',
  },
  {
    id: '18',
    rule: "beside somebody else's thing no run completes",
    without:
      'if (others.every((thing) => signOfThing(thing, place) !== place.sign)) return counted(await asItStands(project, place, seen, lists), []);',
    test: `${workflows}/proof.test.ts`,
    name: 'two who share no lock',
  },
  {
    id: '19',
    rule: 'a destroy judges each thing when it is seen',
    without: 'return true;',
    test: `${workflows}/proof.test.ts`,
    name: 'a destroy keeps what says so',
  },
  {
    id: '20',
    rule: 'a reap needs a proof',
    without: "if (!last || makers.some(({ isOpen }) => isOpen)) return 'nobody remembers it';",
    test: `${workflows}/proof.test.ts`,
    name: 'is unknown to a reap',
  },
  {
    id: '21',
    rule: 'no act of a run that was reset does what the run before it had decided',
    without: '',
    test: `${workflows}/proof.test.ts`,
    name: 'a delivered node stands as before when its run is reset to after',
  },
  {
    id: '22',
    rule: 'a worker that knows another project by the alias gives the step back',
    without: 'if (project) return project;',
    test: `${workflows}/proof.test.ts`,
    name: 'workers of one queue',
  },
];
