import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { nodeWorkflowId, type NodeSpec, type ReapResult } from '../../src/contract/index.ts';
import { connect, type GuestConnection } from '../../src/guest/connect.ts';
import { entryFile } from '../../src/guest/entry.ts';
import { look, put, start } from '../../src/guest/run.ts';
import { Ovh } from '../../src/ovh/index.ts';
import type { GuestFaultKind } from '../../src/simulator/index.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { reachesEdge } from '../faults/moments.ts';
import { eventsOf } from '../support/history.ts';
import { isProof } from '../support/proof.ts';
import { loginKey } from '../support/sshd.ts';
import { resetToAfter } from '../support/reset-run.ts';
import { guestFolder } from '../support/guest-folder.ts';
import { GuestStack } from '../support/guest-stack.ts';
import type { TestProject } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { PATIENT } from '../support/patience.ts';

/* Guests that refuse, hang, fail, lie, lose their disk or their address: each ends as the guide says, and no script runs twice. */

let guests: GuestStack;
beforeAll(async () => {
  guests = await GuestStack.start();
});
afterAll(() => guests?.stop());

const waits = (ready: string): NodeSpec['run'] => ({ deadlines: { ready } });

describe.concurrent('what is wrong with a guest', () => {
  const rows: [GuestFaultKind, NodeSpec['ready'], string, type: string, says: RegExp][] = [
    ['refuses', { until: 'ssh' }, '1s', 'GuestUnreachable', /ECONNREFUSED, and the deadline has passed/],
    ['silent', { until: 'ssh' }, '1s', 'GuestUnreachable', /does not answer by SSH yet/],
    ['resets', { until: 'ssh' }, '1s', 'GuestUnreachable', /deadline has passed/],
    ['closes', { until: 'ssh' }, '1s', 'GuestUnreachable', /deadline has passed/],
    ['boot-hangs', { until: 'ssh' }, '1s', 'GuestUnreachable', /deadline has passed/],
    [
      'wrong-host-key',
      { until: 'ssh' },
      '10m',
      'HostKeyDiffers',
      /has the host key ssh-ed25519 SHA256:\S+, not ssh-ed25519 SHA256:/,
    ],
    ['cloud-init-hangs', { until: 'cloud-init' }, '40s', 'DeadlineExceeded', /cloud-init .* is not done yet/],
    ['cloud-init-error', { until: 'cloud-init' }, '10m', 'CloudInitFailed', /ended with error/],
    [
      'cloud-init-degraded',
      { until: 'cloud-init', cloudInit: { degraded: 'fail' } },
      '10m',
      'CloudInitFailed',
      /ended with degraded/,
    ],
  ];
  test.each(rows)('%s', async (kind, ready, deadline, type, says) => {
    const project = await guests.project();
    await guests.befalls(project, kind);
    const failed = await guests.failure(
      guests.spec(project, {
        ready,
        run: waits(deadline),
        image: 'Debian 13',
        deploy: { steps: [{ name: 'never', script: guests.marks(`never-${kind}`) }] },
      }),
    );
    expect(project.instances.filter(({ status }) => status !== 'DELETED')).toEqual([]);
    expect(await guests.lines(`never-${kind}`)).toEqual([]);
    expect(failed).toMatchObject({ type, message: expect.stringMatching(says) });
  });

  const accepted: [GuestFaultKind, NodeSpec['ready'], string][] = [
    ['cloud-init-degraded', { until: 'cloud-init' }, 'degraded'],
    ['cloud-init-error', { until: 'cloud-init', cloudInit: { error: 'accept' } }, 'error'],
    ['cloud-init-disabled', { until: 'cloud-init' }, 'disabled'],
    ['cloud-init-absent', { until: 'cloud-init' }, 'disabled'],
  ];
  test.each(accepted)('%s is accepted, and named in the node', async (kind, ready, says) => {
    const project = await guests.project();
    await guests.befalls(project, kind);
    const node = await (await guests.begin(guests.spec(project, { ready, image: 'Debian 13' }))).result();
    expect(node.cloudInit).toBe(says);
  });

  test.each(['cut-before', 'cut-after', 'closes', 'resets'] as const)(
    '%s now and then changes nothing',
    async (kind) => {
      const project = await guests.project();
      await guests.befalls(project, kind, 2);
      const steps = ['a', 'b'].map((name) => ({ name, script: guests.marks(`once-${kind}`) }));
      await (await guests.begin(guests.spec(project, { deploy: { steps } }))).result();
      expect(await guests.lines(`once-${kind}`)).toHaveLength(2);
    },
  );

  test('a disk that is full begins nothing, or says how it ended', async () => {
    const project = await guests.project();
    await guests.befalls(project, 'disk-full');
    const failed = await guests.failure(
      guests.spec(project, {
        run: waits('20s'),
        deploy: { steps: [{ name: 'never', script: guests.marks('never-full') }] },
      }),
    );
    expect(await guests.lines('never-full')).toEqual([]);
    expect(failed.message).toMatch(/disk may be full/);
  });

  test('a power loss while a script runs is a lost script, and no second run', async () => {
    const project = await guests.project();
    const script = `${guests.marks('power')}; sleep 60`;
    const run = await guests.begin(guests.spec(project, { deploy: { steps: [{ name: 'long', script }] } }));
    await until(async () => (await guests.lines('power')).length === 1);
    await guests.stack.simulator.guests?.act('power-loss', { projectId: project.credentials.projectId });
    await expect(run.result()).rejects.toMatchObject({
      type: 'ScriptLost',
      message: expect.stringContaining('is lost (reboot)'),
      details: { deploy: [{ name: 'long', outcome: 'lost' }] },
    });
    expect(await guests.lines('power')).toHaveLength(1);
  });
});

test.concurrent(
  'a script that hides its own claim, as a mount over the home does, is lost and no second run',
  async () => {
    const project = await guests.project();
    const script = `rm -rf ~/.mooring; ${guests.marks('hidden')}`;
    const failed = await guests.failure(
      guests.spec(project, { run: waits('20s'), deploy: { steps: [{ name: 'hides', script }] } }),
    );
    expect(await guests.lines('hidden')).toHaveLength(1);
    expect(failed).toMatchObject({ type: 'ScriptLost', details: { deploy: [{ outcome: 'lost' }] } });
  },
);

test.concurrent(
  'a cancel that finds no claim of what had begun does not say that it never began',
  async () => {
    const project = await guests.project();
    const script = `echo ~ >>${guests.file('home')}; sleep 300`;
    const run = await guests.begin(guests.spec(project, { deploy: { steps: [{ name: 'hidden', script }] } }));
    await until(async () => (await run.progress()).steps.some(({ step }) => step === 'await-deploy-hidden'));
    const [home = ''] = await until(
      async () => guests.lines('home'),
      ({ length }) => length > 0,
    );
    await rm(join(home, '.mooring'), { recursive: true });
    await run.cancel();
    // A guest with /proc finds it by its environment, unless the look that awaits its end has already called it lost.
    await expect(run.result()).rejects.toThrow(
      /had begun.*nothing in the guest knows of it any more|was stopped by TERM/,
    );
  },
);

test.concurrent(
  'what was asked to begin, and may run, is stopped where the time to begin it is over',
  async () => {
    const project = await guests.project();
    const script = `rm -rf ~/.mooring; ${guests.marks('late')}; sleep 60`;
    const failed = await guests.failure(
      guests.spec(project, { run: waits('20s'), deploy: { steps: [{ name: 'late', script }] } }),
    );
    expect(await guests.lines('late')).toHaveLength(1);
    // Where the guest is slow the claim is seen before the script hides it: then it is lost.
    expect(failed.message).toMatch(
      /^script "late" (may have begun: .*(so it may still run|was stopped by TERM)|had begun, or may have)/,
    );
  },
);

test.concurrent('a port, from the worker and from the guest, and a command', async () => {
  const project = await guests.project();
  const { port } = guests.spec(project).ssh ?? {};
  const ladder: NonNullable<NodeSpec['ready']>[] = [
    { until: `tcp:${port ?? 0}`, from: 'worker' },
    { until: 'command', command: `test -e ${guests.file('up')}` },
  ];
  for (const ready of ladder) {
    const { until: rung = '' } = ready;
    const steps = ready.until === 'command' ? [{ name: 'up', script: `touch ${guests.file('up')}` }] : [];
    const node = await (
      await guests.begin(guests.spec(project, { name: `by-${rung.slice(0, 3)}`, ready, deploy: { steps } }))
    ).result();
    expect(node.instance.status).toBe('ACTIVE');
  }
  const failed = await guests.failure(
    guests.spec(project, { name: 'never', ready: { until: 'tcp:9', from: 'guest' }, run: waits('20s') }),
  );
  expect(failed).toMatchObject({
    type: 'DeadlineExceeded',
    message: expect.stringMatching(/nothing listens on port 9/),
  });
});

describe.concurrent('what happens to a machine and those who enter it', () => {
  test('ten clients that begin a step at once begin it once', async () => {
    const project = await guests.project();
    await (await guests.begin(guests.spec(project))).result();
    const views = (await guests.stack.simulator.guests?.views()) ?? [];
    const view = views.find(({ projectId }) => projectId === project.credentials.projectId);
    const address = { host: view?.addresses[0] ?? '', port: view?.port ?? 0, user: 'debian' };
    const clients = await Promise.all(
      Array.from({ length: 10 }, () =>
        connect({ ...address, hostKeys: view?.hostKeys ?? [] }, { privateKey: loginKey().privateKey }),
      ),
    );
    const run = { base: '', id: 'at-once', asRoot: false };
    const entry = Buffer.from(entryFile({ args: [], env: {} }, 'salt'));
    const files = { script: Buffer.from(`${guests.marks('at-once')}; sleep 0.5\n`), entry };
    const answers = await Promise.all(
      clients.map(async (client) => {
        for (const [name, content] of Object.entries(files)) await put(client, run, name, content);
        return start(client, run, files);
      }),
    );
    expect(answers.filter((answer) => !('ran' in answer))).toEqual([]);
    await until(
      () => look(clients[0] as GuestConnection, run),
      ({ state }) => state === 'exited',
    );
    expect(await guests.lines('at-once')).toHaveLength(1);
    for (const client of clients) client.end();
  });

  test('a runner that is killed is a script that is lost, and no second run', async () => {
    const project = await guests.project();
    const runner = 'c=$(readlink ~/.mooring/*/claim); kill -KILL "${c%%:*}"';
    const script = `${guests.marks('runner')}; ${runner}; sleep 0.2`;
    const spec = guests.spec(project, { deploy: { steps: [{ name: 'setup', script }] } });
    expect(await guests.failure({ ...spec, run: { onFailure: 'keep' } })).toMatchObject({
      type: 'ScriptLost',
      message: expect.stringMatching(/is lost \((killed|orphan)\)/),
      details: { deploy: [{ name: 'setup', outcome: 'lost', exitCode: null }] },
    });
    expect(await guests.failure(spec)).toMatchObject({ type: 'ScriptLost' });
    expect(await guests.lines('runner')).toHaveLength(1);
  });

  test('a machine that is a copy of another runs its own steps', async () => {
    const project = await guests.project();
    const steps = [{ name: 'setup', script: guests.marks('copied') }];
    const first = await (await guests.begin(guests.spec(project, { deploy: { steps } }))).result();
    const second = await (await guests.begin(guests.spec(project, { name: 'web-2' }))).result();
    const [from, to] = [first, second].map(({ instance }) => guestFolder(instance.id)) as [string, string];
    await cp(join(from, 'disk'), join(to, 'disk'), { recursive: true, verbatimSymlinks: true });
    const { port } = guests.spec(project).ssh ?? {};
    const request = { ...project.ref, name: 'web-2', ssh: { key: 'tests', port }, steps };
    const deployed = await (await guests.stack.mooring.start('deployNode', request)).result();
    expect(deployed.steps).toMatchObject([{ outcome: 'ran', exitCode: 0 }]);
    expect(await guests.lines('copied')).toHaveLength(2);
  });
});

test('who has the address of another never gets its script', async () => {
  const park = guests.stack.simulator.guests;
  const [gone, comes] = await Promise.all([guests.project(), guests.project()]);
  await guests.befalls(gone, 'refuses');
  const steps = (name: string) => ({ deploy: { steps: [{ name: 'setup', script: guests.marks(name) }] } });
  const waiting = await guests.begin(guests.spec(gone, steps('of-the-gone')));
  const ended = waiting.result().catch((error: unknown) => error);
  const addressOf = (project: TestProject) =>
    park
      ?.views()
      .then((views) => views.find(({ projectId }) => projectId === project.credentials.projectId)?.addresses);
  // It waits for the guest, and asks OVH no more.
  await until(async () =>
    (await eventsOf(waiting)).some(
      (event) => event.activityTaskScheduledEventAttributes?.activityId === 'await-guest',
    ),
  );
  const [instance] = gone.instances;
  const address = await addressOf(gone);
  if (park) park.reusesAddresses = true;
  try {
    const { projectId, ...credentials } = gone.credentials;
    const ovh = new Ovh({ endpoint: guests.stack.endpoint, credentials: () => credentials });
    await ovh.project(projectId).instances.delete(instance?.id ?? '');
    await until(
      () => gone.instances,
      (found) => found.every(({ status }) => status === 'DELETED'),
    );
    await (await guests.begin(guests.spec(comes, steps('of-who-comes')))).result();
  } finally {
    if (park) park.reusesAddresses = false;
  }
  expect(await addressOf(comes)).toEqual(address);
  expect(await ended).toMatchObject({ type: 'HostKeyDiffers', details: { left: [] } });
  expect(await guests.lines('of-the-gone')).toEqual([]);
  expect(await guests.lines('of-who-comes')).toHaveLength(1);
});

test('guests that are waited for cost OVH no look, however many', async () => {
  const many = isProof ? 100 : 30;
  const ENOUGH = 1000;
  const project = await guests.project();
  const park = guests.stack.simulator.guests;
  const { projectId } = project.credentials;
  for (let index = 0; index < many; index += 1)
    await park?.addFault({ kind: 'closes', times: ENOUGH, projectId, instance: `web-${index}-*` });
  const warnings: string[] = [];
  const warned = ({ message }: Error) => warnings.push(message);
  process.on('warning', warned);
  const runs = await Promise.all(
    Array.from({ length: many }, (_, index) =>
      guests.begin(guests.spec(project, { name: `web-${index}`, run: { onFailure: 'keep' } })),
    ),
  );
  const { client, connection } = await connectClient({ ...PATIENT, address: inject('temporalAddress') });
  try {
    for (const run of runs)
      expect(await reachesEdge(client, run, { step: 'await-guest', edge: 'begun' })).toBe(true);
  } finally {
    await connection.close();
  }
  const looks = () =>
    (park?.faults.all() ?? [])
      .filter((fault) => fault.projectId === projectId)
      .map(({ times = 0 }) => ENOUGH - times);
  const [before, seen] = [project.calls.length, looks()];
  // Each of them looks at its guest three times more.
  await until(() => looks().every((count, index) => count >= (seen[index] ?? 0) + 3));
  expect(project.calls.slice(before).map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  await park?.clearFaults();
  await Promise.all(runs.map((run) => run.result()));
  process.off('warning', warned);
  expect(warnings).toEqual([]);
});

test.concurrent(
  'what somebody has worked with is wanted, though the run that made it was terminated',
  async () => {
    const project = await guests.project();
    const networks = [{ network: 'private', floatingIp: true as const }];
    const script = `${guests.marks('terminated')}; sleep 60`;
    const spec = guests.spec(project, {
      networks,
      volumes: [{ name: 'data', size: 10 }],
      deploy: { steps: [{ name: 'long', script }] },
    });
    await guests.begin(spec);
    await until(async () => (await guests.lines('terminated')).length === 1);
    const { client, connection } = await connectClient({ address: inject('temporalAddress') });
    await client.workflow.getHandle(nodeWorkflowId(project.ref)).terminate();
    const before = project.snapshot();
    const deployed = await guests.stack.mooring.start('deployNode', {
      ...project.ref,
      ssh: { ...spec.ssh, key: 'tests' },
      steps: [{ name: 'worked', script: guests.marks('worked') }],
    });
    await deployed.result();
    const reap = { project: project.alias, apply: true, olderThan: '1s' };
    const isWanted = ({ wanted, leftOver, unknown }: ReapResult) =>
      wanted.length === 3 && [...leftOver, ...unknown].length === 0;
    await until(async () => (await guests.stack.mooring.start('reap', reap)).result(), isWanted);
    expect(project.snapshot()).toBe(before);

    const runId = await resetToAfter(client, deployed);
    const again = client.workflow.getHandle(deployed.workflowId, runId);
    await again.cancel();
    await expect(again.result()).rejects.toMatchObject({ cause: { type: 'Cancelled' } });
    expect(project.snapshot()).toBe(before);
    await connection.close();
    project.expects(...project.instances, ...project.volumes, ...project.floatingIps);
  },
);
