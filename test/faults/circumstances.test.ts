import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Stack, type TestProject } from '../support/stack.ts';
import { during } from '../support/until.ts';

/* What goes wrong with no single call: OVH itself is in a state that nobody wants. */

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.stop());

const provision = async (project: TestProject) =>
  stack.mooring.start('provisionNodeWithVolume', project.spec());
const control = async (path: string, body: object) => {
  const { origin } = new URL(stack.endpoint);
  const answer = await fetch(`${origin}/_simulator${path}`, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.ok).toBe(true);
};
const looks = ({ calls }: TestProject) =>
  calls.filter(({ method, path }) => method === 'GET' && path.includes('/instance')).length;
const instanceBecomes = async (project: TestProject, status: string) =>
  control(`/instances/${project.instances[0]!.id}/status`, { status });

function expectOneNode(project: TestProject): void {
  expect(project.instances).toMatchObject([{ status: 'ACTIVE' }]);
  expect(project.volumes).toMatchObject([{ status: 'in-use', attachedTo: [project.instances[0]!.id] }]);
}
const expectNothing = ({ instances, volumes }: TestProject) => expect([...instances, ...volumes]).toEqual([]);

test.concurrent('a status that goes back, and one that nobody has heard of, are waited out', async () => {
  const project = stack.project();
  project.fault({ kind: 'delay', delayMs: 1500, method: 'POST', path: '/volume', times: 1 });
  // The first look is answered only when the status has gone back.
  project.fault({ kind: 'delay', delayMs: 4000, method: 'GET', path: '/instance/*', times: 1 });
  const run = await provision(project);
  await during(run, () => project.instances[0]?.status === 'ACTIVE');
  for (const status of ['BUILD', 'HIBERNATING', 'ACTIVE']) {
    await instanceBecomes(project, status);
    const seen = looks(project);
    await during(run, () => looks(project) > seen);
  }
  await run.result();
  expectOneNode(project);
});

test.concurrent('a quota that is reached between the look and the POST undoes what was made', async () => {
  const project = stack.project();
  const { projectId } = project.credentials;
  project.fault({ kind: 'delay', delayMs: 5000, method: 'POST', path: '/instance', times: 1 });
  const run = await provision(project);
  await during(run, () => project.changes.includes('POST /instance'));
  await control('/quota', { projectId, maxInstances: 0 });
  await expect(run.result()).rejects.toMatchObject({ type: 'QuotaExceeded', details: { left: [] } });
  expectNothing(project);
});

test.concurrent(
  'a volume stuck in detaching keeps no instance alive, and goes once OVH lets it',
  async () => {
    const project = stack.project();
    await (await provision(project)).result();
    const volume = project.volumes[0]!;
    await control(`/volumes/${volume.id}/status`, { status: 'detaching' });
    const run = await stack.mooring.start('destroyNode', project.ref);
    await during(run, () => project.instances.length === 0);
    expect(project.volumes).toHaveLength(1);
    await control(`/volumes/${volume.id}/status`, { status: 'available' });
    await run.result();
    expectNothing(project);
  },
);

test.concurrent('an instance that takes its time to be deleted is waited for', async () => {
  const slow = await Stack.start({ simulator: { deleteMs: 6000 } });
  const project = slow.project();
  await (await slow.mooring.start('provisionNodeWithVolume', project.spec())).result();
  const run = await slow.mooring.start('destroyNode', project.ref);
  await run.result();
  expectNothing(project);
  await slow.stop();
});

test.concurrent('a consumer key that expires in the middle is waited for, and the run goes on', async () => {
  const project = stack.project();
  const { consumerKey } = project.credentials;
  project.fault({ kind: 'delay', delayMs: 5000, method: 'POST', path: '/instance', times: 1 });
  const run = await provision(project);
  await during(run, () => project.changes.includes('POST /instance'));
  await control('/credentials/expire', { consumerKey });
  await during(run, () => project.calls.filter(({ status }) => status === 403).length > 1);
  expect((await run.progress()).status).toBe('running');
  await control('/credentials/validate', { consumerKey });
  await run.result();
  expectOneNode(project);
});

test.concurrent('OVH that cannot be reached for a while costs nothing but the while', async () => {
  const alone = await Stack.start();
  const project = alone.project();
  const run = await alone.mooring.start('provisionNodeWithVolume', project.spec());
  await during(run, () => project.instances.length === 1);
  const back = await alone.unreachable();
  // An outage: nobody is asked meanwhile, so nothing can be waited for.
  await sleep(8000);
  await back();
  await run.result();
  expectOneNode(project);
  await alone.stop();
});

test.concurrent('lists that lag and still show what was deleted make no difference', async () => {
  const simulator = { listLagMs: 1500, switches: { listDeleted: 'deleted' } } as const;
  const lagging = await Stack.start({ simulator, settleMs: 3000 });
  const project = lagging.project();
  for (let round = 0; round < 2; round += 1) {
    await (await lagging.mooring.start('provisionNodeWithVolume', project.spec())).result();
    expectOneNode(project);
    await (await lagging.mooring.start('destroyNode', project.ref)).result();
    expectNothing(project);
  }
  await lagging.stop();
});

test.concurrent('a region that is down is refused at once, and what stands there is not', async () => {
  const project = stack.project();
  const isDown = (body: object) => control('/regions/SBG5/status', body);
  const start = (name: string) =>
    stack.mooring.start('provisionNodeWithVolume', project.spec({ name, region: 'SBG5' }));
  const refused = {
    type: 'PreflightFailed',
    message: expect.stringMatching(/^OVH says that region SBG5 is DOWN: nothing can be made there now$/),
    details: { undone: [], left: [] },
  };
  await (await start('web-1')).result();
  const before = project.snapshot();

  await isDown({ status: 'DOWN', reads: true });
  expect(await (await start('web-1')).result()).toMatchObject({ outcome: 'adopted' });
  await expect((await start('web-2')).result()).rejects.toMatchObject(refused);

  await isDown({ status: 'DOWN' });
  await expect((await start('web-2')).result()).rejects.toMatchObject(refused);
  const waiting = await start('web-1');
  const met = () => project.calls.filter(({ status }) => status === 503).length;
  const soFar = met();
  await during(waiting, () => met() > soFar + 1);
  await isDown({ status: 'UP' });
  expect(await waiting.result()).toMatchObject({ outcome: 'adopted' });
  expect(project.snapshot()).toBe(before);
});

test.concurrent('a region that goes down in the middle is waited for, and the run goes on', async () => {
  const alone = await Stack.start();
  const project = alone.project();
  const { origin } = new URL(alone.endpoint);
  const becomes = async (status: string) =>
    fetch(`${origin}/_simulator/regions/GRA11/status`, {
      method: 'POST',
      body: JSON.stringify({ status }),
    });
  const run = await alone.mooring.start('provisionNodeWithVolume', project.spec());
  await during(run, () => project.instances.length === 1);
  await becomes('DOWN');
  await during(run, () => project.calls.filter(({ status }) => status === 503).length > 2);
  expect((await run.progress()).status).toBe('running');
  await becomes('UP');
  await run.result();
  expectOneNode(project);
  await alone.stop();
});
