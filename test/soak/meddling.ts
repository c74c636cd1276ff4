import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Run } from '../../src/client/index.ts';
import type { Simulator } from '../../src/simulator/index.ts';
import { pick, type Draw } from '../simulator/fuzz/values.ts';
import { resetRun } from '../support/reset-run.ts';

/** What somebody may do to a run while it goes on, or to its things at OVH by hand. */
export const acts = [
  'nothing',
  'nothing',
  'cancel',
  'cancel twice',
  'terminate',
  'ask again',
  'reset',
  'reset',
  'delete the run',
  'rename by hand',
  'stop by hand',
  'detach by hand',
] as const;

type Act = (typeof acts)[number];

interface Meddling {
  client: Client;
  simulator: Simulator;
  projectId: string;
  /** Things that nobody's hand may touch. */
  neighbours: readonly string[];
  draw: Draw;
}

/** @returns What it has come to, for whoever reads the story; and the id of what has lost its name. */
export async function meddle(
  act: Act,
  run: Run,
  { client, simulator, projectId, neighbours, draw }: Meddling,
): Promise<{ told: string; renamed?: string }> {
  const handle = client.workflow.getHandle(run.workflowId, run.runId);
  const { namespace } = client.options;
  const workflowExecution = { workflowId: run.workflowId, runId: run.runId };
  switch (act) {
    case 'cancel':
    case 'cancel twice':
      await handle.cancel();
      if (act === 'cancel twice') await sleep(300).then(() => handle.cancel());
      return { told: act };
    case 'terminate':
      await handle.terminate('by a story');
      return { told: act };
    case 'delete the run':
      await client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution });
      return { told: act };
    case 'reset': {
      const task = pick(draw, await tasksAfterAnAct(client, run));
      if (!task) return { told: 'nothing to reset to' };
      await resetRun(client, workflowExecution, task);
      return { told: `reset to event ${String(task)}` };
    }
    case 'rename by hand':
    case 'stop by hand':
    case 'detach by hand': {
      const { instances, volumes } = simulator.state(projectId);
      const isOurs = ({ id }: { id: string }) => !neighbours.includes(id);
      const ours = {
        instances: instances.filter(isOurs).map(({ id }) => `/instances/${id}`),
        volumes: volumes.filter(isOurs).map(({ id }) => `/volumes/${id}`),
      };
      const among = {
        'rename by hand': [...ours.instances, ...ours.volumes],
        'stop by hand': ours.instances,
        'detach by hand': ours.volumes,
      }[act];
      const path = pick(draw, among);
      if (path === undefined) return { told: `nothing to ${act}` };
      if (act === 'rename by hand') {
        await byHand(simulator, `${path}/name`, { name: 'renamed' });
        return { told: `${act}: ${path}`, renamed: path.split('/')[2] ?? '' };
      }
      const status = act === 'stop by hand' ? 'SHUTOFF' : 'available';
      await byHand(simulator, `${path}/status`, { status });
      return { told: `${act}: ${path}` };
    }
    default:
      return { told: act };
  }
}

/** What somebody does in OVH's console. Returns the id of what it makes. */
export async function byHand(simulator: Simulator, path: string, body: object): Promise<string> {
  const request = new Request(`http://127.0.0.1/_simulator${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  const answer = await simulator.fetch(request);
  if (!answer.ok) throw new Error(`POST ${path}: ${await answer.text()}`);
  return ((await answer.json()) as { id?: string } | null)?.id ?? '';
}

/** As retention does it, a month later. */
export async function forget(client: Client, { workflowId, runId }: Run): Promise<void> {
  const { namespace } = client.options;
  await client.workflowService.deleteWorkflowExecution({
    namespace,
    workflowExecution: { workflowId, runId },
  });
}

/** The tasks that the reset button offers, from the first that has heard of an act. */
async function tasksAfterAnAct(client: Client, { workflowId, runId }: Run) {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const all = events ?? [];
  const first = all.findIndex(({ activityTaskCompletedEventAttributes: completed }) => completed);
  if (first === -1) return [];
  return all
    .slice(first)
    .filter(({ workflowTaskCompletedEventAttributes: completed }) => completed)
    .map(({ eventId }) => eventId);
}
