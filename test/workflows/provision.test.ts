import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { STEPS, type Progress } from '../../src/contract/index.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { Stack } from '../support/stack.ts';
import { during } from '../support/until.ts';
import { eventsOf } from '../support/history.ts';
import { PATIENT } from '../support/patience.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.stop());

test.concurrent('builds exactly what was asked for', async () => {
  const project = stack.project();
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  const node = await run.result();

  expect(project.instances).toHaveLength(1);
  expect(project.volumes).toHaveLength(1);
  const [instance] = project.instances;
  const [volume] = project.volumes;
  expect(volume).toMatchObject({
    status: 'in-use',
    attachedTo: [instance?.id],
    size: 20,
    type: 'high-speed',
  });
  expect(instance?.name).toMatch(/^web-1-[a-z2-7]{8}-[a-z2-7]{6}$/);
  expect(volume?.name).toBe(instance?.name.replace('web-1-', 'web-1-data-'));
  expect(node).toMatchObject({
    apiVersion: 'mooring/v1',
    project: project.alias,
    name: 'web-1',
    region: 'GRA11',
    outcome: 'created',
    instance: { id: instance?.id, status: 'ACTIVE', flavor: 'b3-8', image: { name: 'Debian 12' } },
    ssh: { user: 'debian', host: node.addresses.publicIpv4, port: 22 },
    volumes: [
      { name: 'data', id: volume?.id, status: 'in-use', size: 20, type: 'high-speed', outcome: 'created' },
    ],
    run: { workflowId: `node.${project.alias}.GRA11.web-1`, runId: run.runId },
  });
  expect(project.changes.toSorted()).toEqual([
    'POST /instance',
    'POST /volume',
    `POST /volume/${volume?.id}/attach`,
  ]);
});

test.concurrent(
  'records few activities and events, and builds the volume while the instance boots',
  async () => {
    const project = stack.project();
    const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
    await run.result();

    const events = await eventsOf(run);
    const activities = events.filter((event) => event.activityTaskScheduledEventAttributes);
    expect(activities.length).toBeLessThanOrEqual(12);
    expect(events.length).toBeLessThanOrEqual(80);
    const begunAt = (step: string) =>
      activities
        .map((event) => event.activityTaskScheduledEventAttributes)
        .find((each) => each?.activityId === step)
        ?.workflowTaskCompletedEventId?.toString();
    expect(begunAt('create-instance')).toBeDefined();
    expect(begunAt('create-volume-data')).toBe(begunAt('create-instance'));
  },
);

test.concurrent('attaches any number of volumes, in the order of the spec', async () => {
  const project = stack.project();
  const volumes = ['zulu', 'alpha', 'mike'].map((name) => ({ name, size: 10 }));
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec({ volumes }));
  const node = await run.result();

  expect(project.instances).toHaveLength(1);
  expect(project.volumes.map(({ status }) => status)).toEqual(['in-use', 'in-use', 'in-use']);
  expect(node.volumes.map(({ name }) => name)).toEqual(['zulu', 'alpha', 'mike']);
  const attached = project.changes.filter((change) => change.endsWith('/attach'));
  expect(attached).toEqual(node.volumes.map(({ id }) => `POST /volume/${id}/attach`));
});

test.concurrent('builds a node without volumes', async () => {
  const project = stack.project();
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec({ volumes: [] }));
  const node = await run.result();

  expect(project.instances).toHaveLength(1);
  expect(project.volumes).toHaveLength(0);
  expect(node.volumes).toEqual([]);
});

test.concurrent('adopts what is all there, without a single change', async () => {
  const project = stack.project();
  const first = await (await stack.mooring.start('provisionNodeWithVolume', project.spec())).result();
  const [before, changes] = [project.snapshot(), project.changes.length];
  const again = await (await stack.mooring.start('provisionNodeWithVolume', project.spec())).result();

  expect(project.snapshot()).toBe(before);
  expect(project.changes).toHaveLength(changes);
  expect(again).toMatchObject({ outcome: 'adopted', instance: { id: first.instance.id } });
  expect(again.volumes).toMatchObject([{ outcome: 'adopted' }]);
});

test.concurrent('adds what is missing and leaves the rest alone', async () => {
  const project = stack.project();
  const first = await (
    await stack.mooring.start('provisionNodeWithVolume', project.spec({ volumes: [] }))
  ).result();
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  const node = await run.result();

  expect(project.instances.map(({ id }) => id)).toEqual([first.instance.id]);
  expect(project.volumes).toMatchObject([{ status: 'in-use', attachedTo: [first.instance.id] }]);
  expect(node).toMatchObject({ outcome: 'completed', volumes: [{ outcome: 'created' }] });
});

test.concurrent('touches nothing when what exists differs, and names each field', async () => {
  const project = stack.project();
  await (await stack.mooring.start('provisionNodeWithVolume', project.spec())).result();
  const [before, changes] = [project.snapshot(), project.changes.length];
  const other = project.spec({ flavor: 'b3-16', volumes: [{ name: 'data', size: 40, type: 'classic' }] });
  const failure = stack.mooring.start('provisionNodeWithVolume', other).then((run) => run.result());

  await expect(failure).rejects.toMatchObject({
    type: 'NodeDiffers',
    message: expect.stringMatching(
      /flavor is b3-8, not b3-16; volumes\.data\.size is 20 GiB, not 40 GiB; volumes\.data\.type is high-speed, not classic/,
    ),
    details: {
      step: 'preflight',
      spared: [...project.instances, ...project.volumes].map(({ id, name }) => ({ id, name })),
    },
  });
  expect(project.snapshot()).toBe(before);
  expect(project.changes).toHaveLength(changes);
});

test.concurrent('refuses with all that is wrong in one message, before anything is made', async () => {
  const project = stack.project();
  const wrong = project.spec({ flavor: 'b3-9', image: 'Debian 12.5', sshKey: 'nobody' });
  const failure = stack.mooring.start('provisionNodeWithVolume', wrong).then((run) => run.result());

  await expect(failure).rejects.toMatchObject({
    type: 'PreflightFailed',
    message: expect.stringContaining('flavor "b3-9" is not sold in GRA11; nearest: b3-8, b3-16'),
  });
  await expect(failure).rejects.toThrow('image "Debian 12.5" is not offered in GRA11; nearest: Debian 12');
  await expect(failure).rejects.toThrow('SSH key "nobody" is not in the project');
  expect(project.changes).toEqual([]);
});

test.concurrent('a look that OVH does not answer is asked again within its attempt', async () => {
  const project = stack.project();
  project.fault({ kind: 'status', status: 500, method: 'GET', path: '/instance', times: 1 });
  project.fault({ kind: 'status', status: 500, method: 'GET', path: '/quota', times: 2 });
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  await run.result();

  expect(project.instances).toHaveLength(1);
  const { steps } = await run.progress();
  expect(steps[0]).toMatchObject({ step: 'preflight', attempt: 1 });
});

test.concurrent('tells progress step by step, with what it waits for', async () => {
  const project = stack.project();
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  const seen = new Set<string>();
  for await (const { steps } of run.watch({ everyMs: 100 }))
    for (const { step, state } of steps) seen.add(`${step} ${state}`);

  expect([...seen]).toEqual(
    expect.arrayContaining(['preflight done', 'create-instance done', 'await-instance done', 'count done']),
  );
  const { status, steps } = await run.progress();
  expect(status).toBe('completed');
  expect(steps.every(({ tookMs }) => tookMs !== null)).toBe(true);
});

test.concurrent("a wait tells programs OVH's own word, whatever the sentence for people says", async () => {
  const cloud = await stack.anotherCloud({ bootMs: 600_000, switches: { addresses: 'after-active' } });
  const project = stack.project(cloud);
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  const instance = await during(run, () => project.instances[0]);
  // ACTIVE by hand, an instance stays without an address until its time to boot is over.
  const status = `${new URL(cloud.endpoint).origin}/_simulator/instances/${instance?.id}/status`;
  expect((await fetch(status, { method: 'POST', body: '{"status":"ACTIVE"}' })).ok).toBe(true);
  const wait = await during(run, async () =>
    (await run.progress()).steps.find(({ ovhStatus }) => ovhStatus === 'ACTIVE'),
  );
  expect(wait).toMatchObject({
    step: STEPS.awaitInstance,
    state: 'waiting',
    message: expect.stringMatching(/ is ACTIVE without an address for \d+ s/) as string,
  });
  await run.cancel();
  await expect(run.result()).rejects.toMatchObject({ type: 'Cancelled', details: { left: [] } });
});

test.concurrent('answers the progress query, too', async () => {
  const project = stack.project();
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  await run.result();
  const { client, connection } = await connectClient({ ...PATIENT, address: inject('temporalAddress') });
  const progress = await client.workflow.getHandle(run.workflowId).query<Progress>('progressQuery');
  await connection.close();

  expect(progress).toMatchObject({
    apiVersion: 'mooring/v1',
    workflowId: run.workflowId,
    status: 'completed',
  });
  expect(progress.steps.map(({ step }) => step)).toEqual(
    (await run.progress()).steps.map(({ step }) => step),
  );
});

test.concurrent('passes the user data on, and sets the plain host name', async () => {
  const project = stack.project();
  const userData = '#cloud-config\npackages: [nginx]\n';
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec({ userData }));
  await run.result();

  expect(project.instances[0]?.userData).toContain(userData);
  expect(project.instances[0]?.userData).toContain('hostname: web-1\n');
});

test.concurrent('refuses a network that the region does not have', async () => {
  const project = stack.project();
  const failing = stack.mooring
    .start('provisionNodeWithVolume', project.spec({ networks: [{ network: 'nowhere' }] }))
    .then((run) => run.result());
  await expect(failing).rejects.toMatchObject({
    type: 'PreflightFailed',
    message: expect.stringContaining('network "nowhere" is not in GRA11'),
  });
  expect(project.changes).toEqual([]);
});

const windows = 'Windows Server 2022 (Standard)';

test.concurrent('takes the flavor that fits the image, where two share a name', async () => {
  const shared = await Stack.start({ simulator: { switches: { flavorNames: 'shared' } } });
  const project = shared.project();
  const spec = project.spec({ image: windows });
  const node = await (await shared.mooring.start('provisionNodeWithVolume', spec)).result();

  expect(project.instances).toHaveLength(1);
  expect(node.instance).toMatchObject({ flavor: 'b3-8', image: { name: windows } });
  await shared.stop();
});

test.concurrent(
  'says which flavor fits the image, where Windows flavors have names of their own',
  async () => {
    const project = stack.project();
    const start = async (spec: object) =>
      (
        await stack.mooring.start('provisionNodeWithVolume', project.spec({ image: windows, ...spec }))
      ).result();
    await expect(start({ flavor: 'b3-8' })).rejects.toMatchObject({
      type: 'PreflightFailed',
      message: expect.stringContaining('take flavor "win-b3-8"'),
    });
    expect(project.changes).toEqual([]);
    expect(await start({ flavor: 'win-b3-8' })).toMatchObject({ instance: { flavor: 'win-b3-8' } });
  },
);

test.concurrent('a right that is missing for a look ends the run before anything is made', async () => {
  const project = stack.project();
  project.fault({ kind: 'status', status: 403, method: 'GET', path: '/flavor', times: 100 });
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  await expect(run.result()).rejects.toMatchObject({
    type: 'OvhForbidden',
    message: expect.stringContaining('/flavor'),
  });
  expect(project.changes).toEqual([]);
});

test.concurrent('a quota that is used up is said before anything is made', async () => {
  const project = stack.project();
  await fetch(`${new URL(stack.endpoint).origin}/_simulator/quota`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      projectId: project.credentials.projectId,
      region: 'GRA11',
      maxInstances: 0,
      maxGigabytes: 15,
    }),
  });
  const failure = stack.mooring.start('provisionNodeWithVolume', project.spec()).then((run) => run.result());

  await expect(failure).rejects.toMatchObject({
    type: 'PreflightFailed',
    message: expect.stringMatching(/allows 0 instances.*allows 15 GiB of volumes/),
  });
  expect(project.changes).toEqual([]);
});

test.concurrent('gives up at the deadline, and leaves nothing', async () => {
  const project = stack.project();
  project.fault({ kind: 'status', status: 500, method: 'POST', path: '/volume', times: 50 });
  const run = await stack.mooring.start(
    'provisionNodeWithVolume',
    project.spec({ run: { deadlines: { volume: '2s' } } }),
  );

  await expect(run.result()).rejects.toMatchObject({ type: 'DeadlineExceeded', details: { left: [] } });
  expect(project.instances).toEqual([]);
  expect(project.volumes).toEqual([]);
});
