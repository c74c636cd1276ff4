import { afterAll, beforeAll, expect, test } from 'vitest';
import { STEPS } from '../../src/contract/index.ts';
import type { Run } from '../../src/client/index.ts';
import { edges, momentName, reachesEdge } from '../faults/moments.ts';
import { sampled } from '../support/proof.ts';
import { during, until } from '../support/until.ts';
import type { TestProject } from '../support/stack.ts';
import { LongStack, leftOf, standingIn } from './long-stack.ts';

/*
 * A cancel of a fleet at every edge of a node's own run × in the fleet's first run, while it waits to continue, in its second
 * run; and once more at every edge of a node's destroying × in the rollback's first and second run. After each row OVH holds
 * what stood before.
 */

const { baseline, preflight, createInstance, awaitInstance, count } = STEPS;
const ofData = [STEPS.createVolume, STEPS.awaitVolume, STEPS.attachVolume];
const life = [preflight, createInstance, awaitInstance, ...ofData.map((step) => step('data')), count];
const making = ['in the first run', 'while it waits to continue', 'in the second run'] as const;
const undoing = ["again in the rollback's first run", "again in the rollback's second run"] as const;

const rows = [
  ...making.flatMap((phase) => edges(life).map((moment) => ({ phase, moment }))),
  ...undoing.flatMap((phase) => edges([baseline, STEPS.delete]).map((moment) => ({ phase, moment }))),
];

let on: LongStack;
beforeAll(async () => {
  on = await LongStack.start();
});
afterAll(() => on.stop());

test.concurrent.each(
  sampled(rows, ({ phase }) => phase).map((row) => ({ ...row, name: momentName(row.moment) })),
)("cancelled at a node's $name $phase", async ({ phase, moment }) => {
  if (!('step' in moment)) throw new Error('these rows are edges');
  const project = on.stack.project();
  await (await on.provision(on.fleet(project, { count: 1 }))).result();
  const stood = standingIn(project);
  const run = await on.provision(on.fleet(project, { count: 16, maxConcurrent: 4 }));
  const child = await reached(phase, project, run);
  await reachesEdge(on.temporal.client, child, moment);
  await run.cancel();
  expect(await leftOf(run)).toEqual({ type: 'Cancelled', left: [] });
  expect(standingIn(project)).toEqual(stood);
});

/** Brings a fleet into a phase, and says which run of a node of it goes on there. */
async function reached(
  phase: (typeof making | typeof undoing)[number],
  project: TestProject,
  run: Run,
): Promise<Run> {
  if (phase === 'in the second run') await on.continued(run);
  if (phase === 'while it waits to continue')
    await during(run, async () => (await describe(run)).historyLength >= 40);
  if (undoing.some((each) => each === phase)) {
    await during(run, () => project.instances.length >= 11);
    await run.cancel();
    const from = await on.lastRun(run);
    await until(async () => (await describe(run)).children.some(({ type }) => type === 'destroyNode'));
    if (phase === "again in the rollback's second run") await on.continued(run, from);
  }
  const wanted = undoing.some((each) => each === phase) ? 'destroyNode' : 'provisionNodeWithVolume';
  const [child] = await until(
    // One that is only asked for has no run yet, and no history.
    async () => (await describe(run)).children.filter(({ type, runId }) => type === wanted && runId !== ''),
    ({ length }) => length > 0,
  );
  return child as unknown as Run;
}

async function describe({ workflowId }: Run) {
  const { raw, historyLength } = await on.temporal.client.workflow.getHandle(workflowId).describe();
  const children = (raw.pendingChildren ?? []).map((child) => ({
    workflowId: child.workflowId ?? '',
    runId: child.runId ?? '',
    type: child.workflowTypeName ?? '',
  }));
  return { historyLength, children };
}
