import { readFile } from 'node:fs/promises';
import { expect, inject, test } from 'vitest';
import {
  instanceWireName,
  markOf,
  signOf,
  volumeDescription,
  volumeWireName,
} from '../../src/identity/mark.ts';
import type { Calling } from '../../src/contract/schemas/workflow-types.ts';
import { CALLING, neededCalls } from '../../src/worker/needed-calls.ts';
import { operations } from '../../src/simulator/operations/index.ts';
import { startWorker } from '../../src/worker/worker.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { until } from '../support/until.ts';

/* Which workflow makes which call, measured by workers that have nothing in their caches; and the guide's table of it. */

const nameOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`;

/** To name those that are meant: only where a region is not known, or an image not published. */
const RARE = ['GET /region', 'GET /snapshot'];

/** Only of a node on a private network: where a floating IP may come in. */
const INSIDE = neededCalls
  .filter(({ path }) => path === '/instance/*/interface' || path.startsWith('/region/*/floatingip'))
  .map(nameOf);

/** What a workflow is said to call, less what it calls only in cases that are rare. */
const said = (workflow: Calling, rare: string[] = []) =>
  neededCalls
    .filter(({ by }) => by.includes(workflow))
    .map(nameOf)
    .filter((name) => ![...RARE, ...INSIDE, ...rare].includes(name))
    .toSorted();

/** The calls of a project by the names of the needed ones; what is none of them stays as it is. */
function made(project: TestProject): string[] {
  const calls = project.calls.map(({ method, path }) => {
    const inside = path.slice(project.path.length);
    const fits = neededCalls.find(
      (each) => each.method === method && new RegExp(`^${each.path.replaceAll('*', '[^/]+')}$`).test(inside),
    );
    const exact = neededCalls.find((each) => each.method === method && each.path === inside);
    return nameOf(exact ?? fits ?? { method, path: inside });
  });
  return [...new Set(calls)].toSorted();
}

/** A node that somebody's worker has made, as far as this one can tell, with OVH's answers at their scantiest. */
async function withNode<T>(act: (stack: Stack, project: TestProject) => Promise<T>): Promise<string[]> {
  const stack = await Stack.start({ worker: false, simulator: { switches: { instanceForm: 'ids' } } });
  const project = stack.project();
  const worker = await startWorker(stack.config, { address: inject('temporalAddress') });
  try {
    await standsNode(stack, project, signOf('a run of another Temporal'));
    await act(stack, project);
    project.expects(...project.instances, ...project.volumes);
    return made(project);
  } finally {
    await worker.stop();
    await stack.stop();
  }
}

async function standsNode(stack: Stack, project: TestProject, sign: string): Promise<void> {
  const { projectId } = project.credentials;
  const place = {
    node: 'web-1',
    mark: markOf({ owner: 'tests', projectId, region: 'GRA11' }, 'web-1'),
    sign,
  };
  const control = `${new URL(stack.endpoint).origin}/_simulator`;
  const put = (path: string, thing: object) =>
    fetch(`${control}/${path}`, { method: 'POST', body: JSON.stringify({ projectId, ...thing }) });
  await put('instances', { name: instanceWireName(place) });
  const description = volumeDescription('tests', 'web-1', 'data', 'delete');
  await put('volumes', { name: volumeWireName(place, 'data'), description });
  const isBuilt = () => project.instances.every(({ status }) => status === 'ACTIVE');
  await until(isBuilt);
}

/** Only of a volume that somebody has attached to an instance that stays. */
const DETACH = 'POST /volume/*/detach';

test('destroy', async () => {
  const calls = await withNode(async ({ mooring }, project) => {
    await (await mooring.start('destroyNode', project.ref)).result();
    expect(project.instances).toEqual([]);
  });
  expect(calls).toEqual(said('destroy', [DETACH]));
});

test('inspect', async () => {
  const calls = await withNode(async ({ mooring }, project) => {
    const { differences } = await (await mooring.start('inspectNode', project.spec())).result();
    expect(differences.length).toBeGreaterThan(0);
  });
  expect(calls).toEqual(said('inspect'));
});

test('list', async () => {
  const calls = await withNode(async ({ mooring }, project) => {
    const { nodes } = await (
      await mooring.start('listNodes', { project: project.alias, region: 'GRA11' })
    ).result();
    expect(nodes).toHaveLength(1);
  });
  expect(calls).toEqual(said('list'));
});

test('reap', async () => {
  const calls = await withNode(async (stack, project) => {
    // A run on the node that has ended: what carries its sign is left over, and what another has made is not.
    const ref = { ...project.ref, ifInstanceId: 'another' };
    const run = await stack.mooring.start('destroyNode', ref);
    await expect(run.result()).rejects.toMatchObject({ type: 'NodeDiffers' });
    await standsNode(stack, project, signOf(run.runId));
    const input = { project: project.alias, apply: true, olderThan: '1s' };
    // On a busy machine one of its things may be too young when the other is not.
    const reap = async () => (await stack.mooring.start('reap', input)).result();
    await until(async () => (await reap()) && project.instances.length + project.volumes.length === 2);
    expect(project.instances).toHaveLength(1);
  });
  expect(calls).toEqual(said('reap', [DETACH]));
});

test('each call has the action that IAM knows it by', () => {
  for (const { method, path, iam } of neededCalls) {
    const inProject = `/cloud/project/*${path}`;
    const operation = operations.find(
      (each) => each.method === method && each.path.replaceAll(/\{\w+\}/g, '*') === inProject,
    );
    expect([nameOf({ method, path }), operation?.iam]).toEqual([
      nameOf({ method, path }),
      `publicCloudProject:apiovh:${iam}`,
    ]);
  }
});

test("the guide's table is what the code calls", async () => {
  const guide = await readFile(new URL('../../docs/guides/workers.md', import.meta.url), 'utf8');
  const cells = guide
    .split('\n')
    .filter((line) => line.startsWith('| `') && /^\| `(GET|POST|DELETE) /.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const expected = neededCalls.map(({ method, path, iam, by }) => [
    `\`${nameOf({ method, path: path || '/' })}\``,
    `\`${iam}\``,
    ...CALLING.map((workflow) => (by.includes(workflow) ? '✓' : '')),
  ]);
  expect(cells).toEqual(expected);
});
