import { WorkflowNotFoundError } from '@temporalio/client';
import { fleetNodeName, nodeWorkflowId, type FleetResult, type Node } from '../../src/contract/index.ts';
import type { FailureDetails, FleetSpec } from '../../src/contract/index.ts';
import { OperationFailed, RunEnded, type Run } from '../../src/client/index.ts';
import { readMemo } from '../../src/contract/wire.ts';
import { drawFrom, pick, type Draw } from '../simulator/fuzz/values.ts';
import type { TestProject } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { standingIn, type LongStack } from './long-stack.ts';

/* The random life of a fleet: what is asked for, what somebody does to it meanwhile, and what is wrong at the end of each. */

const acts = [
  'nothing',
  'cancel',
  'cancel',
  'cancel twice',
  'reset the last run',
  'reset the last run',
  'reset the first run',
  'terminate',
  'destroy the fleet',
  'ask again',
  'destroy a node',
  'cancel a node',
  'terminate a node',
  'keep a node',
] as const;

const faults = [
  { method: 'POST', path: '/instance', kind: 'instance-error', times: 1 },
  { method: 'POST', path: '/instance', kind: 'reset-after', times: 2 },
  { method: 'POST', path: '/volume', kind: 'status-after', status: 500, times: 2 },
  { method: 'GET', path: '/instance', kind: 'status', status: 403, times: 1 },
  { method: 'GET', path: '/instance', kind: 'list-incomplete', times: 2 },
  { method: 'GET', path: '/volume', kind: 'status', status: 503, times: 3 },
  { method: 'DELETE', path: '/instance/*', kind: 'status', status: 500, times: 2 },
] as const;

interface Life {
  on: LongStack;
  project: TestProject;
  spec: FleetSpec;
  draw: Draw;
  events: string[];
  /** Nodes at which a stranger has laid hands. */
  touched: Set<string>;
}

/** @returns what is wrong, each with all that came before */
export async function fleetLife(on: LongStack, seed: number): Promise<string[]> {
  const draw = drawFrom(seed);
  const project = on.stack.project();
  const volumes =
    draw() < 0.5 ? [] : [{ name: 'data', size: 20, onDestroy: draw() < 0.5 ? 'keep' : 'delete' } as const];
  const count = 3 + Math.floor(draw() * 5);
  const { node } = on.fleet(project);
  const spec = on.fleet(project, {
    count,
    maxConcurrent: 2 + Math.floor(draw() * 4),
    onPartialFailure: draw() < 0.3 ? 'keep' : 'rollback',
    node: { ...node, volumes },
  });
  const events = [
    `${count} nodes, ${spec.maxConcurrent} at once, ${spec.onPartialFailure}, volumes: ${JSON.stringify(volumes)}`,
  ];
  const life: Life = { on, project, spec, draw, events, touched: new Set() };
  const problems: string[] = [];
  if (draw() < 0.4) {
    const name = fleetNodeName('web', 1 + Math.floor(draw() * count));
    events.push(`${name} stands`);
    await (
      await on.stack.mooring.start('provisionNodeWithVolume', { ...spec.node, region: 'GRA11', name })
    ).result();
  }
  try {
    for (let left = 1 + Math.floor(draw() * 3); left > 0; left -= 1)
      problems.push(...(await operation(life)));
    // Faults that nobody has met yet may meet these.
    for (let tries = 3; tries > 0; tries -= 1) {
      events.push('at last');
      problems.push(...(await operation(life, { isLast: true })));
      if (events.at(-1)?.endsWith('completed')) break;
    }
    if (!events.at(-1)?.endsWith('completed')) problems.push('it does not complete');
  } catch (error) {
    problems.push(String(error));
  }
  return problems.map((problem) => `seed ${seed}: ${problem}; ${events.join(', ')}`);
}

async function operation(life: Life, { isLast = false } = {}): Promise<string[]> {
  const { on, project, spec, draw, events, touched } = life;
  touched.clear();
  const stood = standingIn(project);
  const isDestroy = draw() < 0.3;
  const fault = isLast ? undefined : pick(draw, [undefined, ...faults]);
  if (fault) {
    project.fault({ ...fault, after: Math.floor(draw() * 4) });
    events.push(`${fault.method} ${fault.path} ${fault.kind}`);
  }
  events.push(isDestroy ? 'destroy' : 'provision');
  const meddlings = isLast ? 0 : 1 + Math.floor(draw() * 2);
  const request = { project: project.alias, name: 'web' };
  const ended = { is: false };
  let run: Run;
  try {
    run = isDestroy ? await on.stack.mooring.start('destroyFleet', request) : await on.provision(spec);
  } catch (error) {
    if (error instanceof OperationFailed) return [`refused: ${error.message}`];
    throw error;
  }
  const meddling = (async () => {
    for (let done = 0; done < meddlings; done += 1) {
      const from = project.calls.length + Math.floor(draw() * spec.count * 10);
      await until(() => project.calls.length >= from || ended.is);
      const act = pick(draw, acts) ?? 'nothing';
      if (ended.is) return;
      const told = await meddle(life, run, act).catch((error: unknown) => {
        if (!/not found|already completed|finish ID|remembers no run/i.test(String(error))) throw error;
        return `too late to ${act}`;
      });
      events.push(told);
    }
  })();
  await closed(life);
  ended.is = true;
  await meddling;
  await closed(life);
  return judge(life, stood);
}

/** @returns what it has come to */
async function meddle(life: Life, run: Run, act: (typeof acts)[number]): Promise<string> {
  const { on, project, spec, draw, touched } = life;
  const { client } = on.temporal;
  const fleet = client.workflow.getHandle(run.workflowId);
  const name = fleetNodeName('web', 1 + Math.floor(draw() * spec.count));
  const ref = { project: project.alias, region: 'GRA11', name };
  switch (act) {
    case 'cancel':
    case 'cancel twice':
      await fleet.cancel();
      if (act === 'cancel twice') {
        const from = project.calls.length + 5;
        await until(
          async () => project.calls.length >= from || (await fleet.describe()).status.name !== 'RUNNING',
        );
        await fleet.cancel();
      }
      return act;
    case 'reset the last run':
      await on.reset(run, { at: draw() });
      return act;
    case 'reset the first run':
      await on.reset(run, { from: run.runId, at: draw() });
      return act;
    case 'terminate':
      await fleet.terminate('by a life');
      return act;
    case 'destroy the fleet':
      await on.stack.mooring.start('destroyFleet', {
        project: project.alias,
        name: 'web',
        ifBusy: draw() < 0.5 ? 'cancel' : 'wait',
      });
      return act;
    case 'ask again':
      return on.provision(spec).then(
        () => act,
        (error: unknown) => `ask again: ${String(error)}`,
      );
    case 'destroy a node':
      touched.add(name);
      await on.stack.mooring.start('destroyNode', ref);
      return `destroy ${name}`;
    case 'cancel a node':
      touched.add(name);
      await client.workflow.getHandle(nodeWorkflowId(ref)).cancel();
      return `cancel ${name}`;
    case 'terminate a node':
      touched.add(name);
      await client.workflow.getHandle(nodeWorkflowId(ref)).terminate('by a life');
      return `terminate ${name}`;
    case 'keep a node':
      return (await on.stack.mooring.get(ref)).keep().then(
        () => `keep ${name}`,
        () => `nothing to keep of ${name}`,
      );
    default:
      return act;
  }
}

/** Nothing runs any more: neither the fleet, nor a node of it, nor who waits beside them. */
async function closed({ on, project }: Life): Promise<void> {
  const { client } = on.temporal;
  const open = async () => {
    // A list may be late: the fleet is asked for by name.
    const ids = new Set([`fleet.${project.alias}.web`]);
    for await (const { workflowId } of client.workflow.list({ query: `ExecutionStatus = 'Running'` }))
      if (workflowId.split('.')[1] === project.alias) ids.add(workflowId);
    const described = await Promise.all([...ids].map((id) => client.workflow.getHandle(id).describe()));
    return described
      .filter(({ status }) => status.name === 'RUNNING')
      .map(({ workflowId, type, raw }) => {
        const waits = (raw.pendingActivities ?? []).map(
          ({ activityId, attempt, lastFailure }) => `${activityId} (${attempt}): ${lastFailure?.message}`,
        );
        return `${type} ${workflowId}: ${waits.join('; ')}`;
      });
  };
  await until(open, ({ length }) => length === 0);
}

async function judge(life: Life, stood: string[]): Promise<string[]> {
  const { on, project, spec, touched, events } = life;
  const standing = standingIn(project);
  const run = await on.stack.mooring.get({ project: project.alias, fleet: 'web' });
  const { type } = await run.progress();
  const problems: string[] = [];
  let word: FleetResult | undefined;
  let how = 'completed';
  // A destroying that failed at its baseline has done nothing.
  let isUntouched = type === 'provisionFleet';
  try {
    word = (await run.result()) as FleetResult;
  } catch (error) {
    if (error instanceof RunEnded) how = 'terminated';
    else {
      const { type: failed, details } = error as { type: string; details?: FailureDetails };
      how = failed;
      word = details?.fleet ?? undefined;
      isUntouched ||= !details?.fleet;
      if (details && !details.fleet) word = { nodes: [], failed: [], left: details.left };
    }
  }
  events.push(`${type} ${how}`);
  if (!word) return problems;
  const left = new Set(word.left.map(({ id }) => id));
  for (const { id, name } of word.left)
    if (!standing.includes(id)) problems.push(`left names ${name} (${id}), which does not stand`);
  const nodes = word.nodes.filter(({ outcome }) => outcome !== 'destroyed');
  for (const { name, instanceId } of nodes)
    if (!touched.has(name) && !standing.includes(instanceId ?? ''))
      problems.push(`${name} is said to be ${instanceId}, which does not stand`);
  const theirs = await strangers(life);
  const isNamed = ({ id, name }: { id: string; name: string }) =>
    left.has(id) || theirs.has(id) || nodes.some((node) => name.startsWith(`${node.name}-`));
  const wasThere = new Set(isUntouched ? stood : []);
  for (const thing of [...project.instances, ...project.volumes])
    if (
      !isNamed(thing) &&
      !wasThere.has(thing.id) &&
      ![...touched].some((name) => thing.name.startsWith(name))
    )
      problems.push(`${thing.name} (${thing.id}) stands, and nobody says so after ${type} ${how}`);
  if (type === 'provisionFleet') {
    // A destroy by somebody may have come before.
    if (!events.some((event) => event.startsWith('destroy')))
      for (const id of stood)
        if (!standing.includes(id)) problems.push(`${id} stood before, and is gone after ${how}`);
    if (how === 'completed' && touched.size === 0) {
      if (nodes.length !== spec.count) problems.push(`${nodes.length} of ${spec.count} nodes in the result`);
      if (project.instances.length !== spec.count)
        problems.push(`${project.instances.length} instances for ${spec.count} nodes`);
      const perNode = spec.node.volumes?.length ?? 0;
      if (project.volumes.length !== spec.count * perNode)
        problems.push(`${project.volumes.length} volumes for ${spec.count} nodes`);
    }
  } else if (how === 'completed' && project.instances.length > 0 && touched.size === 0)
    problems.push(`${project.instances.length} instances after a destroy`);
  return problems;
}

/** Ids that runs name which no fleet has begun. */
async function strangers({ on, project, spec }: Life): Promise<Set<string>> {
  const { client } = on.temporal;
  const ids = new Set<string>();
  for (let number = 1; number <= spec.count; number += 1) {
    const ref = { project: project.alias, region: 'GRA11', name: fleetNodeName('web', number) };
    const query = `WorkflowId = '${nodeWorkflowId(ref)}'`;
    for await (const { workflowId, runId, memo, type, status } of client.workflow.list({ query })) {
      if (readMemo(memo).fleet !== undefined || status.name !== 'COMPLETED') continue;
      const result = await client.workflow
        .getHandle(workflowId, runId)
        .result()
        .catch((error: unknown) => {
          if (error instanceof WorkflowNotFoundError) return undefined;
          throw error;
        });
      if (type === 'provisionNodeWithVolume' && result) {
        const { instance, volumes } = result as Node;
        for (const { id } of [instance, ...volumes]) ids.add(id);
      }
    }
  }
  return ids;
}
