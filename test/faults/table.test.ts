import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Fault, SimulatorOptions } from '../../src/simulator/index.ts';
import { isProof, sampled } from '../support/proof.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import rehearsed from './golden/calls.json' with { type: 'json' };
import { callsOf, callsOfDestroy, extents, rowOf, troubles } from './rows.ts';
import { standing } from './standing.ts';

/*
 * Everything that can go wrong with a call × every call that a provisioning and a destroy make × once, three times, or
 * for a while; outside of a proof in one of these ways. After each row OVH holds exactly what the workflow says, and what
 * stood there before is untouched.
 */

const simulator: SimulatorOptions = { bootMs: 300, volumeMs: 150, attachMs: 80, deleteMs: 80 };
const provision = async (stack: Stack, project: TestProject) =>
  (await stack.mooring.start('provisionNodeWithVolume', project.spec())).result();
const destroy = async (stack: Stack, project: TestProject) =>
  (await stack.mooring.start('destroyNode', project.ref)).result();

const calls = Object.entries(rehearsed).flatMap(([workflow, of]) =>
  Object.keys(of).map((call) => ({ workflow, call })),
);
const all = calls.flatMap(({ workflow, call }) =>
  Object.entries(troubles).flatMap(([trouble, { fault, passes }]) =>
    Object.entries(extents).map(([extent, often]) => ({
      workflow,
      name: `${workflow}, ${call}: ${trouble}, ${extent}`,
      fault: { ...fault, ...often, ...rowOf(call) },
      passes,
    })),
  ),
);
const rows = sampled(all, Object.keys(extents).length);

let stack: Stack;
const totals = { rows: 0, completed: 0, failed: 0, extra: 0, left: 0 };
beforeAll(async () => {
  stack = await Stack.start({ simulator, settleMs: 1500 });
});
afterAll(async () => {
  await stack.stop();
  const { rows: done, completed, failed, extra, left } = totals;
  process.stdout.write(
    `fault table: ${calls.length} calls × ${Object.keys(troubles).length} troubles × ${Object.keys(extents).length} extents = ${all.length} rows` +
      `${isProof ? '' : `, ${done} of them`}; ${completed} completed, ${failed} failed and were undone; ${extra} extra, ${left} left over\n`,
  );
});

test('the table has every call that a provisioning and a destroy make', async () => {
  const project = stack.project();
  await provision(stack, project);
  const provisioning = project.calls;
  await destroy(stack, project);
  const destroying = project.calls.slice(provisioning.length);
  // A new call: `npx vitest run test/faults -u`.
  const made = { provision: callsOf(provisioning), destroy: callsOfDestroy(destroying) };
  await expect(`${JSON.stringify(made, null, 2)}\n`).toMatchFileSnapshot('golden/calls.json');
});

test.concurrent.each(rows)('$name', async ({ workflow, fault, passes }) => {
  const run = workflow === 'provision' ? provisionThrough : destroyThrough;
  expect(await run(fault, passes)).toEqual([]);
});

async function provisionThrough(fault: Fault, passes: boolean): Promise<string[]> {
  const project = stack.project();
  const theirs = await standing(stack, project);
  project.fault(fault);
  const [outcome] = await Promise.allSettled([provision(stack, project)]);
  const ours = theirs.ours();
  const problems = judge(outcome, passes);
  const wanted = outcome.status === 'fulfilled' ? 1 : 0;
  const { instances, volumes } = ours;
  totals.extra += Math.max(0, instances.length - 1) + Math.max(0, volumes.length - 1);
  if (wanted === 0) totals.left += instances.length + volumes.length;
  if (instances.length !== wanted || volumes.length !== wanted)
    problems.push(`${instances.length} instances and ${volumes.length} volumes`);
  if (wanted === 1 && (volumes[0]?.status !== 'in-use' || volumes[0].attachedTo[0] !== instances[0]?.id))
    problems.push(`the volume is ${volumes[0]?.status}`);
  if (!theirs.untouched()) problems.push('what stood there before is not as it was');
  return problems;
}

async function destroyThrough(fault: Fault, passes: boolean): Promise<string[]> {
  const project = stack.project();
  const theirs = await standing(stack, project);
  await provision(stack, project);
  project.fault(fault);
  const [outcome] = await Promise.allSettled([destroy(stack, project)]);
  const problems = judge(outcome, passes);
  const { instances, volumes } = theirs.ours();
  // A destroy that fails has not begun: from its first DELETE on it always finishes.
  const wanted = outcome.status === 'fulfilled' ? 0 : 1;
  if (wanted === 0) totals.left += instances.length + volumes.length;
  if (instances.length !== wanted || volumes.length !== wanted)
    problems.push(`${instances.length} instances and ${volumes.length} volumes`);
  if (!theirs.untouched()) problems.push('what stood there before is not as it was');
  return problems;
}

function judge(outcome: PromiseSettledResult<unknown>, passes: boolean): string[] {
  totals.rows += 1;
  totals[outcome.status === 'fulfilled' ? 'completed' : 'failed'] += 1;
  if (outcome.status === 'fulfilled' || !passes) return [];
  return [`it failed: ${String(outcome.reason)}`];
}
