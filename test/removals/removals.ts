/** A rule, the code that implements it, what is left when it is taken out, and the test that then fails. */
export interface Removal {
  rule: string;
  file: string;
  code: string;
  without: string;
  test: string;
  /** Part of the test's name. */
  name: string;
}

const workflows = 'test/workflows';

export const removals: Removal[] = [
  {
    rule: '1 what was there before is never undone',
    file: 'src/workflows/saga.ts',
    code: 'keep: this.spared,',
    without: 'keep: [],',
    test: `${workflows}/rollback.test.ts`,
    name: 'what was there before stays as it was',
  },
  {
    rule: '2 a look before every create',
    file: 'src/activities/create-once.ts',
    code: 'const found = wasJustLooked() ? undefined : await look();',
    without: 'const found = (await Promise.resolve([look, wasJustLooked])) && undefined;',
    test: `${workflows}/lost-answers.test.ts`,
    name: 'while lists lag',
  },
  {
    rule: '3 an unclear answer is looked after for the settle window',
    file: 'src/activities/create-once.ts',
    code: 'if (found || left <= 0) return found;',
    without: 'return found;',
    test: `${workflows}/lost-answers.test.ts`,
    name: 'while lists lag',
  },
  {
    rule: '4 the fence before each POST',
    file: 'src/activities/attempt.ts',
    code: 'readonly #fence = async (): Promise<void> => {',
    without: 'readonly #fence = async (): Promise<void> => { if (this.number > 0) return;',
    test: `${workflows}/worker-death.test.ts`,
    name: 'stands still between look and POST',
  },
  {
    rule: '5 the id is in history as soon as OVH has answered',
    file: 'src/workflows/saga.ts',
    code: 'this.made.push(created);',
    without: '',
    test: `${workflows}/rollback.test.ts`,
    name: '',
  },
  {
    rule: '6 a count at the end',
    file: 'src/workflows/provision-node-with-volume.ts',
    code: 'await node.count();',
    without: '',
    test: `${workflows}/lost-answers.test.ts`,
    name: 'an instance that OVH made twice',
  },
  {
    rule: '7 an undo waits for what was unclear',
    file: 'src/activities/reduce.ts',
    code: 'if (isDone && settled)',
    without: 'if (isDone)',
    test: `${workflows}/rollback.test.ts`,
    name: 'an undo waits for what OVH may still be making',
  },
  {
    rule: '7 an undo expects the twin of what lists hide',
    file: 'src/activities/reduce.ts',
    code: 'this.#expectTwins([...instances, ...volumes]);',
    without: 'this.#hasLooked = true;',
    test: `${workflows}/rollback.test.ts`,
    name: 'finds the twin',
  },
  {
    rule: '8 a cancel waits for the act',
    file: 'src/workflows/patience.ts',
    code: 'cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,',
    without: 'cancellationType: ActivityCancellationType.TRY_CANCEL,',
    test: `${workflows}/rollback.test.ts`,
    name: 'a cancel while the answer of the POST is on its way',
  },
  {
    rule: '9 a failed look fails no step',
    file: 'src/activities/to-failure.ts',
    code: 'nonRetryable: final !== null,',
    without: 'nonRetryable: true,',
    test: `${workflows}/lost-answers.test.ts`,
    name: '500 before',
  },
  {
    rule: '10 credentials that expire roll back nothing',
    file: 'src/activities/to-failure.ts',
    code: "const CREDENTIALS: Verdict = { applied: 'no', final: null,",
    without: "const CREDENTIALS: Verdict = { applied: 'no', final: 'OvhForbidden',",
    test: 'test/faults/circumstances.test.ts',
    name: 'a consumer key that expires',
  },
  {
    rule: '11 a cancel rolls back',
    file: 'src/workflows/saga.ts',
    code: 'const keepParts = !cancelled && run.keepsParts();',
    without: 'const keepParts = cancelled || run.keepsParts();',
    test: `${workflows}/rollback.test.ts`,
    name: 'a cancel leaves nothing',
  },
  {
    rule: '12 no time-out of the whole run',
    file: 'src/client/mooring.ts',
    code: 'staticSummary:',
    without: "workflowExecutionTimeout: '3s', staticSummary:",
    test: `${workflows}/rollback.test.ts`,
    name: 'an undo that OVH resists',
  },
  {
    rule: '13 a destroy that has begun finishes',
    file: 'src/workflows/saga.ts',
    code: 'return CancellationScope.nonCancellable(() => this.#deleted(name, { place, ...what }));',
    without: 'return this.#deleted(name, { place, ...what });',
    test: `${workflows}/destroy.test.ts`,
    name: 'a cancel after the first DELETE',
  },
  {
    rule: '14 a reap asks what is wanted',
    file: 'src/activities/reap.ts',
    code: 'else if (wanted.has(thing.id))',
    without: 'else if (runs < 0)',
    test: `${workflows}/reap.test.ts`,
    name: 'what nobody wants is named',
  },
  {
    rule: '15 after a termination the settle window comes first',
    file: 'src/activities/terminated-runs.ts',
    code: 'if (left <= 0) continue;',
    without: 'if (left < Number.POSITIVE_INFINITY) continue;',
    test: `${workflows}/terminated.test.ts`,
    name: '',
  },
];
