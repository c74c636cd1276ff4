import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take half a minute and more, the longest first: begun last, one of them would be waited for alone. */
const LONG = [
  'faults/table',
  'faults/cancels',
  'faults/floating-ips',
  'soak/soak',
  'workflows/worker-death',
  'workflows/fleet',
  'workflows/versions',
  'fleets/long',
  'fleets/cancels',
  'workflows/odd-answers',
  'guest/scripts',
  'workflows/guest',
  'workflows/proof',
  'workflows/follow-undo',
  'workflows/destroy',
  'chaos/temporal',
  'workflows/lost-answers',
  'workflows/reap',
  'workflows/encrypted',
  'cli/ovh-commands',
  'cli/conformance',
  'cli/commands',
  'cli/fleet',
  'cli/dev',
  'worker/worker',
  'fleets/silent',
  'simulator/guests/many',
];

/** The order in which files begin, also in a fresh clone, where nobody knows yet how long each takes. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONG.findIndex(
        (name) => /\.(test|proof)\.ts$/.test(moduleId) && moduleId.includes(`/test/${name}.`),
      );
      return at < 0 ? LONG.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
