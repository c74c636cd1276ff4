import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Fault, SimulatorCall, SimulatorOptions } from '../../src/simulator/index.ts';
import { isProof, named, sampled } from '../support/proof.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import rehearsed from './golden/calls.json' with { type: 'json' };
import { befalls, callsOf, callsOfDestroy, extents, rowOf, troubles, type Trouble } from './rows.ts';
import { standing } from './standing.ts';

/*
 * Everything that can go wrong with a call × every call that a provisioning and a destroy make × once, three times, or
 * for a while. After each row OVH holds exactly what the workflow says, and what stood there before is untouched.
 *
 * Outside of a proof the troubles that a workflow must live through come many at a time: in row k each call meets the
 * trouble that is k places on from the one that it met first. In as many rows as there are troubles, each call has met each.
 */

const simulator: SimulatorOptions = { bootMs: 300, volumeMs: 150, attachMs: 80, deleteMs: 80 };
const provision = async (stack: Stack, project: TestProject) =>
  (await stack.mooring.start('provisionNodeWithVolume', project.spec())).result();
type Workflow = 'provision' | 'destroy';
const destroy = async (stack: Stack, project: TestProject) =>
  (await stack.mooring.start('destroyNode', project.ref)).result();

const workflows = Object.entries(rehearsed) as [Workflow, Record<string, number>][];
const calls = workflows.flatMap(([workflow, of]) => Object.keys(of).map((call) => ({ workflow, call })));
const all = calls.flatMap(({ workflow, call }) =>
  Object.entries(troubles)
    .filter(([, trouble]) => befalls(trouble, call))
    .flatMap(([trouble, { fault, passes }]) =>
      Object.entries(extents).map(([extent, often]) => ({
        workflow,
        name: `${workflow}, ${call}: ${trouble}, ${extent}`,
        kind: `${workflow}, ${call}: ${trouble}`,
        fault: { ...fault, ...often, ...rowOf(call) },
        passes,
      })),
    ),
);
const rows = isProof
  ? all
  : sampled(
      all.filter(({ passes }) => !passes),
      ({ kind }) => kind,
    );

/** One after the other takes its time: outages are short here, and most troubles pass at once. */
const mixed = [{ times: 1 }, { times: 1 }, { times: 3 }, { times: 1 }, { forMs: 2000 }];
const endured = Object.values(troubles).filter(({ passes }) => passes);
const mixes = endured.map((_, turn) => {
  const faults = { provision: [], destroy: [] } as Record<Workflow, Fault[]>;
  for (const [at, { workflow, call }] of calls.entries()) {
    const trouble = endured[(at + turn) % endured.length] as Trouble;
    const often = mixed[(at + 2 * turn) % mixed.length];
    if (befalls(trouble, call)) faults[workflow].push({ ...trouble.fault, ...often, ...rowOf(call) });
  }
  return { name: `each call meets a trouble of its own, turn ${turn + 1} of ${endured.length}`, faults };
});

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
      `${isProof ? '' : `, ${rows.length} of them`}, and ${mixes.length} with many troubles at once: ${done} runs, ${completed} completed, ` +
      `${failed} failed and were undone; ${extra} extra, ${left} left over\n`,
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

test.concurrent.each(named(rows))('%s', async (_, { workflow, fault, passes }) => {
  const place = await begun();
  if (workflow === 'destroy') await provision(stack, place.project);
  expect(await through[workflow](place, [fault], passes)).toEqual([]);
});

test.concurrent.each(named(mixes))('%s', async (_, { faults }) => {
  const place = await begun();
  expect(await through.provision(place, faults.provision, true)).toEqual([]);
  expect(await through.destroy(place, faults.destroy, true)).toEqual([]);
  const { calls: made } = place.project;
  expect([...faults.provision, ...faults.destroy].filter((fault) => !hasBefallen(fault, made))).toEqual([]);
});

async function begun() {
  const project = stack.project();
  return { project, theirs: await standing(stack, project) };
}
type Place = Awaited<ReturnType<typeof begun>>;

/** What goes wrong when a workflow meets the faults: a sentence for each. */
const through = {
  async provision({ project, theirs }: Place, faults: Fault[], passes: boolean): Promise<string[]> {
    for (const fault of faults) project.fault(fault);
    const [outcome] = await Promise.allSettled([provision(stack, project)]);
    const problems = judge(outcome, passes);
    const wanted = outcome.status === 'fulfilled' ? 1 : 0;
    const { instances, volumes } = theirs.ours();
    totals.extra += Math.max(0, instances.length - 1) + Math.max(0, volumes.length - 1);
    if (wanted === 0) totals.left += instances.length + volumes.length;
    if (instances.length !== wanted || volumes.length !== wanted)
      problems.push(`${instances.length} instances and ${volumes.length} volumes`);
    if (wanted === 1 && (volumes[0]?.status !== 'in-use' || volumes[0].attachedTo[0] !== instances[0]?.id))
      problems.push(`the volume is ${volumes[0]?.status}`);
    if (!theirs.untouched()) problems.push(`what stood there before is not as it was: ${theirs.changed()}`);
    return problems;
  },

  async destroy({ project, theirs }: Place, faults: Fault[], passes: boolean): Promise<string[]> {
    for (const fault of faults) project.fault(fault);
    const [outcome] = await Promise.allSettled([destroy(stack, project)]);
    const problems = judge(outcome, passes);
    const { instances, volumes } = theirs.ours();
    // A destroy that fails has not begun: from its first DELETE on it always finishes.
    const wanted = outcome.status === 'fulfilled' ? 0 : 1;
    if (wanted === 0) totals.left += instances.length + volumes.length;
    if (instances.length !== wanted || volumes.length !== wanted)
      problems.push(`${instances.length} instances and ${volumes.length} volumes`);
    if (!theirs.untouched()) problems.push(`what stood there before is not as it was: ${theirs.changed()}`);
    return problems;
  },
};

function hasBefallen({ kind, method, path }: Fault, made: SimulatorCall[]): boolean {
  return `${method} ${path}` in callsOf(made.filter(({ fault }) => fault === kind));
}

function judge(outcome: PromiseSettledResult<unknown>, passes: boolean): string[] {
  totals.rows += 1;
  totals[outcome.status === 'fulfilled' ? 'completed' : 'failed'] += 1;
  if (outcome.status === 'fulfilled' || !passes) return [];
  return [`it failed: ${String(outcome.reason)}`];
}
