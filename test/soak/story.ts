import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { Client } from '@temporalio/client';
import { OperationFailed, type Mooring, type Run } from '../../src/client/index.ts';
import type { DestroyInput, DestroyResult, Node, NodeSpec } from '../../src/contract/index.ts';
import type { Fault, Simulator, SimulatorCredentials } from '../../src/simulator/index.ts';
import { extents, troubles } from '../faults/rows.ts';
import { drawFrom, pick, type Draw } from '../simulator/fuzz/values.ts';
import { Ledger } from './ledger.ts';
import { acts, byHand, forget, meddle } from './meddling.ts';

/** A Temporal with workers of its own. */
interface Installation {
  mooring: Mooring;
  client: Client;
}

/** Where a story takes place. */
export interface Place extends Installation {
  /** Of the same owner, for the same projects, and without a lock that both share. */
  rival: Installation;
  simulator: Simulator;
  /** A project that no other story touches. */
  credentials: SimulatorCredentials;
  alias: string;
  settleMs: number;
  /** Where the history of a run that does not end is kept. */
  folder: string;
}

const calls = [
  '/instance',
  '/volume',
  '/volume/*/attach',
  '/volume/*/detach',
  '/instance/*',
  '/volume/*',
  '/**',
];
const methods = ['GET', 'POST', 'POST', 'POST', 'DELETE'];

/** What has come about so far. */
interface Told {
  draw: Draw;
  spec: NodeSpec;
  events: string[];
  problems: string[];
  ledger: Ledger;
  /** Somebody else's, in the same project. */
  neighbours: string[];
  /** By hand: they carry our mark no more. */
  renamed: Set<string>;
  hasRival: boolean;
}

/** One node's random life; every chance comes from the seed. @returns What is wrong at its end. */
export async function story(place: Place, seed: number): Promise<string[]> {
  const draw = drawFrom(seed);
  const { simulator } = place;
  const { projectId } = place.credentials;
  const neighbours = [
    await byHand(simulator, '/instances', { projectId, name: 'neighbour' }),
    await byHand(simulator, '/volumes', { projectId, name: 'neighbour' }),
  ];
  const told: Told = {
    draw,
    spec: randomSpec(place.alias, draw),
    events: [],
    problems: [],
    ledger: new Ledger(),
    neighbours,
    renamed: new Set(),
    hasRival: draw() < 0.3,
  };
  const { events, ledger, problems } = told;
  for (let count = Math.floor(draw() * 4); count > 0; count -= 1) {
    const fault = randomFault(draw);
    events.push(`${fault.method} ${fault.path} ${fault.kind} ${fault.times ?? `for ${fault.forMs} ms`}`);
    simulator.addFault({ ...fault, path: `/cloud/project/${projectId}${fault.path}` });
  }
  // A list of a count that shows all but what a rival has made cannot be told from a whole one.
  const mayBeTwo =
    told.hasRival &&
    simulator.faults().some(({ kind, path }) => kind === 'list-incomplete' && path?.includes(projectId));
  const operations = 1 + Math.floor(draw() * 3);
  for (let count = 0; count < operations; count += 1) {
    const rivals = told.hasRival && draw() < 0.8 ? rivalry(place, told) : Promise.resolve();
    await Promise.all([operation(place, told, count > 0 && draw() < 0.4), rivals]);
    problems.push(...ledger.judge(heldIn(place), { mayBeTwo, renamed: told.renamed }));
    if (draw() < 0.2) await reaped(place, told);
    problems.push(...ledger.judge(heldIn(place), { mayBeTwo, renamed: told.renamed }));
  }
  // Nothing tells a run of one that was deleted while it ran, and what that had under way may still come.
  if (events.includes('delete the run')) await sleep(place.settleMs);
  // The last word is one that nobody interrupts, so that there is something to compare with.
  const last = draw() < 0.6 ? 'provisionNodeWithVolume' : 'destroyNode';
  await takeOffRenamed(place, told);
  events.push(`at last ${last}`);
  const result = await untilDone(place, last, told.spec);
  problems.push(...(await judge(place, result, told)));
  return [...new Set(problems)].map((problem) => `seed ${seed}: ${problem}; ${events.join(', ')}`);
}

/** One request, and what somebody does to it or to its things meanwhile. Ends with the run. */
async function operation(place: Place, told: Told, isDestroy: boolean): Promise<void> {
  const { draw, events, ledger, spec, neighbours, renamed } = told;
  const type = isDestroy ? 'destroyNode' : 'provisionNodeWithVolume';
  const act = pick(draw, acts) ?? 'nothing';
  const after = Math.floor(draw() * 2500);
  const isForgotten = draw() < 0.2;
  events.push(isDestroy ? 'destroy' : 'provision');
  const run = await start(place, type, spec);
  if (!run) return;
  const { client, simulator } = place;
  const { projectId } = place.credentials;
  const meddling = sleep(after)
    .then(() => meddle(act, run, { client, simulator, projectId, neighbours, draw }))
    .then(
      (did) => {
        events.push(`${did.told} after ${after} ms`);
        if (did.renamed !== undefined) renamed.add(did.renamed);
        if (act === 'delete the run') events.push(act);
      },
      // It may have ended before.
      () => events.push(`too late to ${act} after ${after} ms`),
    );
  const what = { type, by: run.runId, onlyMade: told.hasRival };
  const result = ledger.follow(what, run.result({ timeoutMs: LONG_MS })).catch(() => undefined);
  await Promise.all([meddling, result]);
  // A reset goes on as another run under the same id.
  const latest = client.workflow.getHandle(run.workflowId);
  const { runId } = await latest.describe().catch(() => run);
  if (runId !== run.runId) {
    events.push(`run ${runId} goes on`);
    await ledger.follow({ ...what, by: runId }, inTime(latest.result())).catch(() => undefined);
  }
  told.problems.push(...(await stillOpen(place, run)));
  if (!isForgotten) return;
  events.push('forgotten');
  await forget(client, run).catch(() => undefined);
}

/** Somebody asks the rival meanwhile. */
async function rivalry(place: Place, { draw, events, ledger, spec, problems }: Told): Promise<void> {
  const type = draw() < 0.75 ? 'provisionNodeWithVolume' : 'destroyNode';
  const after = Math.floor(draw() * 1500);
  const isCancelled = draw() < 0.2;
  events.push(`the rival's ${type} after ${after} ms${isCancelled ? ', cancelled' : ''}`);
  await sleep(after);
  const run = await start({ ...place, ...place.rival }, type, spec);
  if (!run) return;
  if (isCancelled)
    void sleep(after)
      .then(() => run.cancel())
      .catch(() => undefined);
  const what = { type, by: `the rival's ${run.runId}`, onlyMade: true };
  await ledger.follow(what, run.result({ timeoutMs: LONG_MS })).catch(() => undefined);
  problems.push(...(await stillOpen({ ...place, ...place.rival }, run)));
}

async function reaped({ mooring, alias }: Place, { events }: Told): Promise<void> {
  events.push('reap');
  const run = await mooring.start('reap', { project: alias, apply: true, olderThan: '1s' });
  await run.result({ timeoutMs: LONG_MS }).catch(() => undefined);
}

/** A volume that a destroy keeps stays at an instance that is the node's no more, until somebody takes it off by hand. */
async function takeOffRenamed({ simulator, credentials }: Place, { renamed }: Told): Promise<void> {
  for (const { id, attachedTo } of simulator.state(credentials.projectId).volumes)
    if (!renamed.has(id) && attachedTo.some((instance) => renamed.has(instance)))
      await byHand(simulator, `/volumes/${id}/status`, { status: 'available' });
}

/** What a run waits for that should have ended. Its history and what OVH was asked for are kept in a file: a story may have it forgotten. */
async function stillOpen(place: Place, { workflowId }: Run): Promise<string[]> {
  const { client, simulator, credentials, folder } = place;
  const now = await client.workflow
    .getHandle(workflowId)
    .describe()
    .catch(() => undefined);
  if (now?.status.name !== 'RUNNING') return [];
  const waits = (now.raw.pendingActivities ?? []).map(
    ({ activityId, attempt, lastFailure }) => `${activityId} (attempt ${attempt}: ${lastFailure?.message})`,
  );
  const { namespace } = client.options;
  const history = await client.workflow.getHandle(workflowId, now.runId).fetchHistory();
  const calls = simulator.calls().filter(({ projectId }) => projectId === credentials.projectId);
  const file = join(folder, `${namespace}-${now.runId}.json`);
  await writeFile(file, JSON.stringify({ history: historyToJSON(history), calls }));
  return [
    `run ${now.runId} of ${namespace} does not end, and waits for ${waits.join(', ') || 'nothing'} (${file})`,
  ];
}

/**
 * Three lost answers of one step (37 s each), a worker that dies in each attempt after that, and a back-off that has grown to
 * 30 s take four minutes, and nothing is wrong.
 */
const LONG_MS = 420_000;

async function inTime<Value>(value: Promise<Value>): Promise<Value> {
  const late = sleep(LONG_MS, undefined, { ref: false }).then(() => {
    throw new Error('it does not end');
  });
  return Promise.race([value, late]);
}

/** All that stands in the project, as OVH has it. */
function heldIn({ simulator, credentials }: Place): string[] {
  const { instances, volumes } = simulator.state(credentials.projectId);
  return [...instances, ...volumes]
    .filter(({ status }) => !GONE.has(status.toUpperCase()))
    .map(({ id }) => id);
}

const GONE = new Set(['DELETING', 'DELETED']);

/** A trouble that has waited until now may refuse it still. */
async function untilDone(
  place: Place,
  last: Last,
  spec: NodeSpec,
  how: Pick<DestroyInput, 'volumes'> = {},
): Promise<unknown> {
  let result: unknown;
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const run = await start(place, last, spec, how);
    result = await run?.result({ timeoutMs: LONG_MS }).catch((error: unknown) => error);
    if (!(result instanceof OperationFailed)) return result;
    // What stands in ERROR because a run was terminated, or reset, is nobody's to heal: it goes first, as a person would do it.
    if (result.type === 'NodeDiffers') await untilDone(place, 'destroyNode', spec, { volumes: 'delete' });
    // A refusal is quick, and an outage of seconds refuses eight times in a row.
    await sleep(1000);
  }
  return result;
}

type Last = 'provisionNodeWithVolume' | 'destroyNode';

/** Undefined: refused, because something else runs on the node. */
async function start(
  { mooring, alias }: Pick<Place, 'mooring' | 'alias'>,
  type: Last,
  spec: NodeSpec,
  how: Pick<DestroyInput, 'volumes'> = {},
): Promise<Run | undefined> {
  const ref = { project: alias, region: spec.region, name: spec.name };
  try {
    return type === 'destroyNode'
      ? await mooring.start(type, { ...ref, ...how })
      : await mooring.start(type, spec);
  } catch (error) {
    if (error instanceof OperationFailed) return undefined;
    throw error;
  }
}

/** OVH holds exactly what the last word says, and Temporal says what OVH holds. */
async function judge(place: Place, result: unknown, { neighbours, renamed }: Told): Promise<string[]> {
  const { simulator, credentials, mooring, alias } = place;
  if (result instanceof Error) return [`the last word failed: ${result.message}`];
  const { instances, volumes } = simulator.state(credentials.projectId);
  const all = [...instances, ...volumes].map(({ id }) => id).toSorted();
  const isOurs = (id: string) => !neighbours.includes(id) && !renamed.has(id);
  const held = all.filter(isOurs);
  const named = idsOf(result as Partial<Node & DestroyResult>)
    .filter(isOurs)
    .toSorted();
  const problems: string[] = [];
  for (const id of neighbours) if (!all.includes(id)) problems.push(`the neighbour ${id} is gone`);
  if (held.join() !== named.join()) problems.push(`OVH holds ${held.join()}, the run says ${named.join()}`);
  // What a destroy keeps it keeps as it is: a run that was terminated may have left it in error.
  const isKept = new Set((result as Partial<DestroyResult>).kept?.map(({ id }) => id));
  for (const { status, id } of volumes)
    if (isOurs(id) && !isKept.has(id) && !['in-use', 'available'].includes(status))
      problems.push(`volume ${id} is ${status}`);
  const listed = (await mooring.list({ project: alias })).flatMap(({ instance, volumes: own }) => [
    ...(instance ? [instance.id] : []),
    ...own.map(({ id }) => id),
  ]);
  if (listed.toSorted().join() !== held.join()) problems.push(`the list says ${listed.join()}`);
  return problems;
}

function idsOf({ instance, volumes = [], kept = [] }: Partial<Node & DestroyResult>): string[] {
  return [...(instance ? [instance.id] : []), ...[...volumes, ...kept].map(({ id }) => id)];
}

function randomSpec(project: string, draw: Draw): NodeSpec {
  const volumes = Array.from({ length: Math.floor(draw() * 3) }, (_, index) => ({
    name: `data-${index}`,
    size: 10 + Math.floor(draw() * 30),
    ...(draw() < 0.2 && { onDestroy: 'keep' as const }),
  }));
  return { project, name: 'web-1', region: 'GRA11', flavor: 'b3-8', image: 'Debian 12', volumes };
}

function randomFault(draw: Draw): Fault {
  const { fault } = pick(draw, Object.values(troubles)) ?? { fault: { kind: 'reset-after' } };
  const often = pick(draw, Object.values(extents)) ?? { times: 1 };
  return { ...fault, ...often, method: pick(draw, methods) ?? 'POST', path: pick(draw, calls) ?? '/**' };
}
