import type { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import type { SimulatorOptions } from '../../src/simulator/index.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { isProof, named, sampled } from '../support/proof.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { environmentOfAll, spawnWorker } from '../support/worker-process.ts';
import destroyed from './golden/destroy.json' with { type: 'json' };
import onVolume from './golden/on-a-volume.json' with { type: 'json' };
import standingAlready from './golden/stands-already.json' with { type: 'json' };
import withFloatingIp from './golden/with-floating-ip.json' with { type: 'json' };
import { cancelled, endOf, type End } from './ends.ts';
import {
  edges,
  hasMet,
  insideCalls,
  momentName,
  kindOf,
  reachesEdge,
  stepsOf,
  type Moment,
} from './moments.ts';
import { callsOf, callsOfDestroy } from './rows.ts';
import { standing } from './standing.ts';
import { until } from '../support/until.ts';
import { PATIENT } from '../support/patience.ts';

/*
 * A cancel at every edge of a step and inside every call × once, twice, once more during the undo, and together with
 * the death of the worker. After each row OVH holds exactly what stood there before, or all that was asked for if the
 * cancel came too late. Beside the node stand things of somebody else; of the node itself, a volume or more.
 */

const simulator: SimulatorOptions = { bootMs: 300, volumeMs: 150, attachMs: 80, deleteMs: 80 };
const HOLD_MS = 600;
/** Longer than it takes until every row is at its moment, and shorter than the heartbeat that a dead worker owes. */
const HOLD_UNTIL_KILLED_MS = 15_000;

/** How a run comes about; what stands of the node before; which steps and calls a rehearsal made. */
const suites = {
  'a node on a volume that was kept': {
    type: 'provisionNodeWithVolume',
    before: ['volume'],
    file: 'on-a-volume',
    rehearsed: onVolume,
  },
  'a node that stands without its volumes': {
    type: 'provisionNodeWithVolume',
    before: ['instance', 'volume'],
    file: 'stands-already',
    rehearsed: standingAlready,
  },
  'a node with a floating IP': {
    type: 'provisionNodeWithVolume',
    before: [],
    file: 'with-floating-ip',
    rehearsed: withFloatingIp,
  },
  'a destroy': { type: 'destroyNode', before: [], file: 'destroy', rehearsed: destroyed },
} as const;
type Suite = keyof typeof suites;
const cancels = ['once', 'twice', 'again during the undo'] as const;

interface Row {
  suite: Suite;
  moment: Moment;
  cancel: (typeof cancels)[number];
}

/** Makes what stands before. */
async function prepare(on: Stack, project: TestProject, suite: Suite) {
  const stood = await standing(on, project, [...suites[suite].before]);
  if (suite === 'a destroy')
    await (await on.mooring.start('provisionNodeWithVolume', specOf(project, suite))).result();
  return stood;
}

const start = (on: Stack, project: TestProject, suite: Suite): Promise<Run> =>
  suite === 'a destroy'
    ? on.mooring.start('destroyNode', project.ref)
    : on.mooring.start('provisionNodeWithVolume', specOf(project, suite));

const specOf = (project: TestProject, suite: Suite) =>
  project.spec({
    volumes: ['data', 'old'].map((name) => ({ name, size: 10 })),
    ...(suite === 'a node with a floating IP' && { networks: [{ network: 'private', floatingIp: true }] }),
  });

const suiteNames = Object.keys(suites) as Suite[];
const all: Row[] = suiteNames.flatMap((suite) => {
  const { steps, calls } = suites[suite].rehearsed;
  const moments = [...edges([...steps]), ...insideCalls(calls, HOLD_MS)];
  return moments.flatMap((moment) => cancels.map((cancel) => ({ suite, moment, cancel })));
});
/** Each edge of each step, and each call held in each way: outside of a proof in one of the suites, one of the ways to cancel. */
const rows = sampled(all, ({ moment }) => kindOf(moment));
const allKilled = suiteNames.flatMap((suite) =>
  insideCalls(suites[suite].rehearsed.calls, HOLD_UNTIL_KILLED_MS).map((moment) => ({ suite, moment })),
);
const killedRows = sampled(allKilled, ({ moment: { fault } }) => `${fault.kind} in ${fault.method}`);

let client: Client;
let connection: Connection;
let stack: Stack;
let doomed: Stack;
const totals = { rows: 0, cancelled: 0, completed: 0, early: 0, extra: 0, left: 0 };
beforeAll(async () => {
  ({ client, connection } = await connectClient({ ...PATIENT, address: inject('temporalAddress') }));
  [stack, doomed] = await Promise.all([
    Stack.start({ simulator, settleMs: 1500 }),
    Stack.start({ simulator, worker: false }),
  ]);
});
afterAll(async () => {
  await Promise.all([stack.stop(), doomed.stop()]);
  await connection.close();
  const { rows: done, cancelled, completed, early, extra, left } = totals;
  process.stdout.write(
    `cancels: ${all.length / cancels.length} moments × ${cancels.length} ways and ${allKilled.length} moments with the death of the worker ` +
      `= ${all.length + allKilled.length} rows${isProof ? '' : `, ${done} of them`}; ${cancelled} cancelled, ${completed} completed as the cancel came too late, ` +
      `${early} done before their moment; ${extra} extra, ${left} left over\n`,
  );
});

test.each(suiteNames)('the table has every step and every call of %s', async (suite) => {
  const project = stack.project();
  const stood = await prepare(stack, project, suite);
  const before = project.calls.length;
  const run = await start(stack, project, suite);
  await run.result();
  expect(stood.isThere() || suite === 'a destroy').toBe(true);
  const made = suite === 'a destroy' ? callsOfDestroy : callsOf;
  const rehearsed = { steps: await stepsOf(client, run), calls: made(project.calls.slice(before)) };
  // A new step or call: `npx vitest run test/faults -u`.
  const file = `golden/${suites[suite].file}.json`;
  await expect(`${JSON.stringify(rehearsed, null, 2)}\n`).toMatchFileSnapshot(file);
});

test.concurrent.each(named(rows.map((row) => ({ ...row, name: nameOf(row) }))))(
  '%s',
  async (_, { suite, moment, cancel }) => {
    const project = stack.project();
    const stood = await prepare(stack, project, suite);
    if ('fault' in moment) project.fault(moment.fault);
    const run = await start(stack, project, suite);
    const ended = endOf(run);
    const isReached = await reaches(stack, moment, project, run, ended);
    if (isReached) await cancelAs(cancel, project, run, ended);
    expect(await judge(suite, { project, run, isReached, outcome: await ended.outcome, stood })).toEqual([]);
  },
);

test.concurrent(
  'every moment, and the worker dies at the same time',
  { timeout: 420_000 },
  async (context) => {
    const projects = killedRows.map(() => doomed.project());
    // What is applied late is so within the settle window, also where the others take their time to their moments.
    const env = { ...(await environmentOfAll(doomed, context)), MOORING_SETTLE: '20s' };
    const worker = spawnWorker(env, context);
    const begun = await Promise.all(
      killedRows.map(async ({ suite, moment }, index) => {
        const project = projects[index] as TestProject;
        const stood = await prepare(doomed, project, suite);
        if ('fault' in moment) project.fault(moment.fault);
        const run = await start(doomed, project, suite);
        const ended = endOf(run);
        return {
          suite,
          project,
          moment,
          run,
          stood,
          ended,
          isReached: await reaches(doomed, moment, project, run, ended),
        };
      }),
    );
    await Promise.all([worker.kill(), ...begun.map(({ run }) => cancelled(run))]);
    spawnWorker(env, context);
    const problems: string[] = [];
    for (const { suite, moment, ended, ...row } of begun)
      for (const problem of await judge(suite, { ...row, outcome: await ended.outcome }))
        problems.push(`${suite}, ${momentName(moment)}, worker killed: ${problem}`);
    expect(problems).toEqual([]);
  },
);

function nameOf({ suite, moment, cancel }: Row): string {
  return `${suite}, ${momentName(moment)}: cancelled ${cancel}`;
}

/** False: the run ended before. */
async function reaches(
  on: Stack,
  moment: Moment,
  project: TestProject,
  run: Run,
  end: End,
): Promise<boolean> {
  if ('step' in moment) return reachesEdge(client, run, moment);
  await until(() => end.isOver || hasMet(on, project, moment.fault));
  return hasMet(on, project, moment.fault);
}

async function cancelAs(how: Row['cancel'], project: TestProject, run: Run, end: End): Promise<void> {
  const held = { kind: 'delay', delayMs: HOLD_MS, method: 'DELETE', path: '/**', times: 1 } as const;
  if (how === 'again during the undo') project.fault(held);
  await cancelled(run);
  if (how === 'once') return;
  if (how === 'again during the undo') await until(() => end.isOver || hasMet(stack, project, held));
  await cancelled(run);
}

async function judge(
  suite: Suite,
  row: {
    project: TestProject;
    run: Run;
    isReached: boolean;
    outcome: PromiseSettledResult<unknown>;
    stood: Awaited<ReturnType<typeof prepare>>;
  },
): Promise<string[]> {
  const { project, run, isReached, outcome, stood } = row;
  const isCancelled = outcome.status === 'rejected';
  totals.rows += 1;
  totals[!isReached ? 'early' : isCancelled ? 'cancelled' : 'completed'] += 1;
  const problems: string[] = [];
  if (isCancelled && outcome.reason?.type !== 'Cancelled')
    problems.push(`it failed: ${String(outcome.reason)}`);
  if (isCancelled && outcome.reason?.details?.left?.length !== 0) problems.push('it names what is left');
  if (!isCancelled && isReached && !(await cameTooLate(suite, run))) problems.push('it heeded no cancel');

  const before: readonly string[] = suites[suite].before;
  const stands = suite === 'a destroy' ? isCancelled : !isCancelled;
  const wanted = {
    instances: stands && !before.includes('instance') ? 1 : 0,
    volumes: stands ? 2 - before.filter((part) => part === 'volume').length : 0,
  };
  const { instances, volumes } = stood.ours();
  const tooMany = instances.length + volumes.length - wanted.instances - wanted.volumes;
  totals[isCancelled ? 'left' : 'extra'] += Math.max(0, tooMany);
  if (instances.length !== wanted.instances || volumes.length !== wanted.volumes)
    problems.push(`${instances.length} instances and ${volumes.length} volumes`);
  const floating = stands && suite === 'a node with a floating IP' ? 1 : 0;
  if (project.floatingIps.length !== floating) problems.push(`${project.floatingIps.length} floating IPs`);
  if (stands && volumes.some(({ status }) => status !== 'in-use')) problems.push('a volume is not attached');
  const isAsBefore = isCancelled || suite === 'a destroy' ? stood.untouched() : stood.isThere();
  if (!isAsBefore) problems.push(`what stood there before is not as it was: ${stood.changed()}`);
  return problems;
}

/** The run heard of it when the last act of a provisioning was done, or the first of a destroy had begun. */
async function cameTooLate(suite: Suite, { workflowId, runId }: Run): Promise<boolean> {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const all = events ?? [];
  const cancelAt = all.findIndex((event) => event.workflowExecutionCancelRequestedEventAttributes);
  const heardAt = all.findIndex((event, at) => at > cancelAt && event.workflowTaskStartedEventAttributes);
  const tooLateAt = all.findLastIndex((event) =>
    suite === 'a destroy'
      ? event.activityTaskScheduledEventAttributes?.activityId === 'delete'
      : event.activityTaskCompletedEventAttributes,
  );
  return cancelAt < 0 || heardAt < 0 || tooLateAt < heardAt;
}
