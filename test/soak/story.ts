import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { MooringError, type Mooring, type Run } from '../../src/client/index.ts';
import type { DestroyResult, Node, NodeSpec } from '../../src/contract/index.ts';
import type { Fault, Simulator, SimulatorCredentials } from '../../src/simulator/index.ts';
import { extents, troubles } from '../faults/rows.ts';
import { drawFrom, pick, type Draw } from '../simulator/fuzz/values.ts';

/** Where a story takes place. */
export interface Place {
  mooring: Mooring;
  client: Client;
  simulator: Simulator;
  /** A project that no other story touches. */
  credentials: SimulatorCredentials;
  alias: string;
  settleMs: number;
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

/** One node's random life; every chance comes from the seed. @returns What is wrong at its end. */
export async function story(place: Place, seed: number): Promise<string[]> {
  const draw = drawFrom(seed);
  const events: string[] = [];
  const spec = randomSpec(place.alias, draw);
  const { projectId } = place.credentials;
  for (let count = Math.floor(draw() * 4); count > 0; count -= 1) {
    const fault = randomFault(draw);
    events.push(`${fault.method} ${fault.path} ${fault.kind} ${fault.times ?? `for ${fault.forMs} ms`}`);
    place.simulator.addFault({ ...fault, path: `/cloud/project/${projectId}${fault.path}` });
  }
  const operations = 1 + Math.floor(draw() * 3);
  for (let count = 0; count < operations; count += 1) {
    const isDestroy = count > 0 && draw() < 0.4;
    events.push(isDestroy ? 'destroy' : 'provision');
    const run = await start(place, isDestroy ? 'destroyNode' : 'provisionNodeWithVolume', spec);
    if (run) await meddle(place, run, draw, events);
  }
  // The last word is one that nobody interrupts, so that there is something to compare with.
  const last = draw() < 0.6 ? 'provisionNodeWithVolume' : 'destroyNode';
  events.push(`at last ${last}`);
  const result = await untilDone(place, last, spec);
  const problems = await judge(place, result);
  return problems.map((problem) => `seed ${seed}: ${problem}; ${events.join(', ')}`);
}

/** A trouble that has waited until now may refuse it still. */
async function untilDone(place: Place, last: Last, spec: NodeSpec): Promise<unknown> {
  let result: unknown;
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const run = await start(place, last, spec);
    result = await run?.result({ timeoutMs: 240_000 }).catch((error: unknown) => error);
    if (!(result instanceof MooringError)) return result;
    // An instance in ERROR that a terminated run has left is nobody's to heal: it goes first, as a person would do it.
    if (result.type === 'NodeDiffers') await untilDone(place, 'destroyNode', spec);
    // A refusal is quick, and an outage of seconds refuses eight times in a row.
    await sleep(1000);
  }
  return result;
}

/** Cancels, terminates, asks again, or leaves it alone; and waits until it has ended. */
async function meddle(place: Place, run: Run, draw: Draw, events: string[]): Promise<void> {
  const act = pick(draw, ['nothing', 'nothing', 'cancel', 'cancel twice', 'terminate', 'ask again']);
  const after = Math.floor(draw() * 2500);
  events.push(`${act} after ${after} ms`);
  const handle = place.client.workflow.getHandle(run.workflowId, run.runId);
  const meddling = sleep(after).then(async () => {
    if (act?.startsWith('cancel')) await handle.cancel();
    if (act === 'cancel twice') await sleep(300).then(() => handle.cancel());
    if (act === 'terminate') await handle.terminate('by a story');
  });
  // It may have ended before.
  await Promise.allSettled([meddling, run.result({ timeoutMs: 240_000 })]);
}

type Last = 'provisionNodeWithVolume' | 'destroyNode';

/** Undefined: refused, because something else runs on the node. */
async function start({ mooring, alias }: Place, type: Last, spec: NodeSpec): Promise<Run | undefined> {
  const ref = { project: alias, region: spec.region, name: spec.name };
  try {
    return type === 'destroyNode' ? await mooring.start(type, ref) : await mooring.start(type, spec);
  } catch (error) {
    if (error instanceof MooringError) return undefined;
    throw error;
  }
}

/** OVH holds exactly what the last word says, and Temporal says what OVH holds. */
async function judge(place: Place, result: unknown): Promise<string[]> {
  const { simulator, credentials, mooring, alias } = place;
  if (result instanceof Error) return [`the last word failed: ${result.message}`];
  const { instances, volumes } = simulator.state(credentials.projectId);
  const held = [...instances, ...volumes].map(({ id }) => id).toSorted();
  const named = idsOf(result as Partial<Node & DestroyResult>).toSorted();
  const problems: string[] = [];
  if (held.join() !== named.join()) problems.push(`OVH holds ${held.join()}, the run says ${named.join()}`);
  // What a destroy keeps it keeps as it is: a run that was terminated may have left it in error.
  const isKept = new Set((result as Partial<DestroyResult>).kept?.map(({ id }) => id));
  for (const { status, id } of volumes)
    if (!isKept.has(id) && !['in-use', 'available'].includes(status))
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
