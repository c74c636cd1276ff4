import { fieldsOf } from '../../contract/unknown.ts';
import { refusal } from './failure.ts';

/** Deeper than any request goes. JSON can be nested so deeply that writing it once more overflows the stack. */
const DEEPEST = 32;

/** What a workflow's id is made of. */
const NAMES = ['project', 'region', 'name'] as const;

/**
 * Looks at what a stranger sent before anything is done with it. The whole check is an activity's; but what the workflow
 * itself touches until then must not throw a `TypeError` (a name whose `toString` is a number) or overflow the stack,
 * because that fails the workflow task, again and again and for ever, and not the run.
 *
 * @throws ApplicationFailure `InvalidSpec`, one sentence.
 */
export function refuseNoRequest(input: unknown): asserts input is object {
  const why = whyNoRequest(input);
  if (why !== undefined) throw refusal('InvalidSpec', why);
}

function whyNoRequest(input: unknown): string | undefined {
  if (input === undefined) return 'the request is missing: give one JSON object';
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return `the request must be an object, not ${kindOf(input)}`;
  const request = fieldsOf(input);
  const wrong = NAMES.find((key) => request[key] !== undefined && typeof request[key] !== 'string');
  if (wrong !== undefined) return `${wrong} must be a string, not ${kindOf(request[wrong])}`;
  // A fleet may take its project from its node.
  const { project } = fieldsOf(request['node']);
  if (project !== undefined && typeof project !== 'string')
    return `node.project must be a string, not ${kindOf(project)}`;
  return isTooDeep(request) ? `the request is nested more than ${DEEPEST} levels deep` : undefined;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** Level by level, without recursion. */
function isTooDeep(input: object): boolean {
  let level: object[] = [input];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > DEEPEST) return true;
    level = level
      .flatMap((outer) => Object.values(outer))
      .filter((value) => typeof value === 'object' && value !== null);
  }
  return false;
}
