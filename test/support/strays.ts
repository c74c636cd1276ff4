import { WorkflowFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { readInstanceName, readVolume } from '../../src/identity/mark.ts';
import {
  nodeWorkflowId,
  type DestroyResult,
  type FailureDetails,
  type Node,
} from '../../src/contract/index.ts';
import type { ConnectOptions } from '../../src/temporal/address.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import type { TestProject } from './stack.ts';
import { PATIENT } from './patience.ts';

interface Standing {
  id: string;
  sentence: string;
  /** Whether a run is about it: on its node or, of a floating IP, which does not say whose it is, on any of its project. */
  isOf: (workflowId: string) => boolean;
}

/**
 * What carries our mark and belongs to nobody: no run on its node is under way, none names it in its last word, and no
 * test has said that it expects it. It asks Temporal itself, not the product's own survey, which is under test.
 */
export async function straysIn(
  projects: readonly TestProject[],
  { owner, taskQueue, temporal }: { owner: string; taskQueue: string; temporal: ConnectOptions },
): Promise<string[]> {
  const standing = projects.flatMap((project) => markedIn(project, owner));
  if (standing.length === 0) return [];
  const { client, connection } = await connectClient({ ...PATIENT, ...temporal });
  try {
    const words = await lastWords(client, taskQueue, (id) => standing.some(({ isOf }) => isOf(id)));
    return standing
      .filter(({ id, isOf }) => ![...words.open].some(isOf) && !words.named.has(id))
      .map(({ sentence }) => sentence);
  } finally {
    await connection.close();
  }
}

function markedIn(project: TestProject, owner: string): Standing[] {
  const { projectId } = project.credentials;
  const things = [
    ...project.instances.map((thing) => ({
      thing,
      node: readInstanceName(thing.name, { owner, projectId, region: thing.region })?.node,
    })),
    ...project.volumes.map((thing) => ({
      thing,
      node: readVolume(thing, { owner, projectId, region: thing.region })?.node,
    })),
  ];
  const floatingIps = project.floatingIps
    .filter(({ id }) => !project.expected.has(id))
    .map(({ id, ip }) => ({
      id,
      sentence: `floating IP ${ip} (${id}) in ${project.alias}`,
      isOf: (workflowId: string) =>
        workflowId.startsWith('node.main.') || workflowId.startsWith(`node.${project.alias}.`),
    }));
  const marked = things.flatMap(({ thing: { id, name, region, status }, node }) => {
    if (node === undefined || project.expected.has(id)) return [];
    const sentence = `${name} (${id}, ${status}) in ${project.alias}`;
    const aliases = [project.alias, 'main'];
    const workflowIds = aliases.map((alias) => nodeWorkflowId({ project: alias, region, name: node }));
    return [{ id, sentence, isOf: (workflowId: string) => workflowIds.includes(workflowId) }];
  });
  return [...marked, ...floatingIps];
}

/** Of each node, from its newest run back to the last completed destroy: which ids a result or a failure names. */
async function lastWords(client: Client, taskQueue: string, isWanted: (workflowId: string) => boolean) {
  const named = new Set<string>();
  const open = new Set<string>();
  const settled = new Set<string>();
  const query = `TaskQueue = '${taskQueue}'`;
  const runs = [];
  for await (const run of client.workflow.list({ query })) if (isWanted(run.workflowId)) runs.push(run);
  runs.sort((a, b) => b.startTime.getTime() - a.startTime.getTime());
  for (const { workflowId, runId, type, status } of runs) {
    if (settled.has(workflowId)) continue;
    const word = await wordOf(client, workflowId, runId);
    if (word === 'open') open.add(workflowId);
    else for (const { id } of word) named.add(id);
    if (type === 'destroyNode' && status.name === 'COMPLETED') settled.add(workflowId);
  }
  return { named, open };
}

async function wordOf(client: Client, workflowId: string, runId: string): Promise<{ id: string }[] | 'open'> {
  const handle = client.workflow.getHandle(workflowId, runId);
  // Its status by itself: what a list says may be a moment old.
  if ((await handle.describe()).status.name === 'RUNNING') return 'open';
  try {
    return namedBy((await handle.result()) as Partial<Node & DestroyResult>);
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
    const [details] = cause instanceof ApplicationFailure ? (cause.details ?? []) : [];
    return (details as Partial<FailureDetails> | undefined)?.left ?? [];
  }
}

function namedBy({
  instance,
  bootVolume,
  floatingIp,
  volumes,
  kept,
}: Partial<Node & DestroyResult>): { id: string }[] {
  return [instance, bootVolume, floatingIp, ...(volumes ?? []), ...(kept ?? [])].filter((thing) => !!thing);
}
