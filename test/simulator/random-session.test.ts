import { expect, test } from 'vitest';
import { switchPositions, type Switches } from '../../src/simulator/index.ts';
import { operations } from '../../src/simulator/operations/index.ts';
import { errorViolations, operationFor, violations } from './conformance.ts';
import { countedAndThere, impossible } from './fuzz/impossible.ts';
import { idsIn, makeCall } from './fuzz/make-call.ts';
import { createBench, type Answer } from './support.ts';
import { fc } from '../support/properties.ts';

/*
 * Whatever anybody asks, in whatever order and with whatever nonsense in it: every answer conforms, none is a 500,
 * and what exists never contradicts itself. `npm run fuzz` makes 100,000 calls; here it is a few of them.
 */

const callsWanted = Number(process.env['MOORING_FUZZ_CALLS'] ?? 500);
const stepsInSession = 100;

const step = fc.record({
  operation: fc.constantFrom(...operations),
  seed: fc.nat(),
  /** Milliseconds that pass before it. */
  after: fc.constantFrom(0, 0, 1, 300, 800, 1000, 3000),
});

const switches = fc.record(
  Object.fromEntries(
    Object.entries(switchPositions).map(([name, positions]) => [name, fc.constantFrom(...positions)]),
  ),
) as unknown as fc.Arbitrary<Switches>;

const sessions = fc.record({
  steps: fc.array(step, { minLength: stepsInSession, maxLength: stepsInSession, size: 'max' }),
  switches,
  listLagMs: fc.constantFrom(0, 900),
});

test('no order of calls makes a wrong answer or an impossible state', { timeout: 900_000 }, async () => {
  const seen = new Map<string, number>();
  const began = performance.now();
  await fc.assert(
    fc.asyncProperty(sessions, async ({ steps, switches: positions, listLagMs }) => {
      const quota = { maxInstances: 4, maxVolumeCount: 6, maxGigabytes: 90 };
      const bench = createBench({
        listLagMs,
        quota,
        switches: { ...positions, instanceForm: 'both', listNulls: 'null' },
      });
      await bench.availableVolume();
      await bench.activeInstance();
      for (const { operation, seed, after } of steps) {
        bench.clock.advance(after);
        const { method, path, body } = makeCall(operation, seed, await idsIn(bench));
        const answer = await bench.caller.call(method, path, body);
        expect({ method, path, body, wrong: wrongIn(method, path, answer) }).toEqual({
          method,
          path,
          body,
          wrong: [],
        });
        expect({ method, path, body, impossible: impossible(bench.simulator.state()) }).toEqual({
          method,
          path,
          body,
          impossible: [],
        });
        count(seen, `${answer.status} ${method} ${operation.path}`);
        // Somebody who logged out comes back, or the rest of the session would be 403.
        if (operation.path === '/auth/logout') await bench.control('POST', '/credentials/validate');
      }
      // What was ordered last counts at once and is there a little later.
      bench.clock.advance(60_000);
      const [counted, there] = await countedAndThere(bench);
      expect(counted).toEqual(there);
    }),
    { numRuns: Math.ceil(callsWanted / stepsInSession) },
  );
  report(seen, (performance.now() - began) / 1000);
});

function wrongIn(method: string, path: string, { status, text, body }: Answer): string[] {
  // 501 names what the simulator lacks.
  if (status >= 500 && status !== 501) return [`it answers ${status}`];
  if (status >= 400) return errorViolations(status, body);
  const returns = operationFor(method, path)?.returns ?? 'unknown';
  return returns === 'void' && text === '' ? [] : violations(body, returns);
}

function count(seen: Map<string, number>, kind: string): void {
  seen.set(kind, (seen.get(kind) ?? 0) + 1);
}

function report(seen: Map<string, number>, seconds: number): void {
  const calls = [...seen.values()].reduce((sum, each) => sum + each, 0);
  const never = operations
    .map(({ method, path }) => `${method} ${path}`)
    .filter((operation) => ![...seen.keys()].some((kind) => kind === `200 ${operation}`));
  console.info(
    `random sessions: ${calls} calls in ${seconds.toFixed(0)} s, ${seen.size} kinds of answers; ` +
      `never answered with 200: ${never.join(', ') || 'none'}`,
  );
}
