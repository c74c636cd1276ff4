import { cp, rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { temporal } from '@temporalio/proto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { MooringError } from '../../src/client/index.ts';
import type { NodeSpec } from '../../src/contract/index.ts';
import { connect, type GuestConnection } from '../../src/guest/connect.ts';
import { entryFile } from '../../src/guest/entry.ts';
import { look, put, start } from '../../src/guest/run.ts';
import { Ovh } from '../../src/ovh/index.ts';
import type { GuestFaultKind } from '../../src/simulator/index.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { eventsOf } from '../support/history.ts';
import { loginKey } from '../support/sshd.ts';
import { guestFolder } from '../support/guest-folder.ts';
import { GuestStack, HOST_KEY_SECRET } from '../support/guest-stack.ts';
import type { TestProject } from '../support/stack.ts';
import { until } from '../support/until.ts';

/* Nodes that are asked in their guests: a real worker, a simulated OVH whose machines answer SSH and run real scripts. */

let guests: GuestStack;
beforeAll(async () => {
  guests = await GuestStack.start();
});
afterAll(() => guests?.stop());

const begin = (spec: NodeSpec) => guests.stack.mooring.start('provisionNodeWithVolume', spec);
const failure = async (spec: NodeSpec): Promise<MooringError> =>
  (await begin(spec)).result().then(
    () => Promise.reject(new Error('it was to fail')),
    (error: unknown) => error as MooringError,
  );
const marks = (name: string) => `echo x >>${guests.file(name)}`;
const befalls = (project: TestProject, kind: GuestFaultKind, times?: number) =>
  guests.stack.simulator.guests?.addFault({
    kind,
    projectId: project.credentials.projectId,
    ...(times !== undefined && { times }),
  });
const waits = (ready: string): NodeSpec['run'] => ({ deadlines: { ready } });

test.concurrent('a node is ready once its guest answers, and its script has run once', async () => {
  const project = await guests.project();
  const script = `echo "$1 $WHO" >>${guests.file('first')}; echo out; echo err >&2`;
  const spec = guests.spec(project, {
    deploy: { steps: [{ name: 'setup', script, args: ["it's"], env: { WHO: 'me' } }] },
  });
  const run = await begin(spec);
  const node = await run.result();

  expect(await guests.lines('first')).toEqual(["it's me"]);
  expect(node.ssh).toMatchObject({ user: 'debian', hostKeys: [expect.stringMatching(/^ssh-ed25519 AAAA/)] });
  expect(node.deploy).toEqual([
    {
      name: 'setup',
      outcome: 'ran',
      exitCode: 0,
      tookMs: expect.any(Number),
      stdout: 'out\n',
      stderr: 'err\n',
    },
  ]);

  const again = await (await begin(spec)).result();
  expect(await guests.lines('first')).toHaveLength(1);
  expect(again).toMatchObject({ outcome: 'adopted', deploy: [{ outcome: 'already', exitCode: 0 }] });
});

test.concurrent(
  'files, keys and scripts come in their order, from the worker and from the request',
  async () => {
    const project = await guests.project();
    await writeFile(join(guests.sources, 'app.conf'), 'from the worker\n');
    await writeFile(join(guests.sources, 'password'), 'hunter2\n');
    const target = guests.file('installed/app.conf');
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxvbmdlciB0aGFuIG5lZWRlZCBmb3IgYSB0ZXN0 me@here';
    const script = `cp ${target} ${guests.file('seen')}; echo "$PW" >>${guests.file('seen')}; cat ~/.ssh/authorized_keys; stat -c %a ${target}`;
    const node = await (
      await begin(
        guests.spec(project, {
          ready: { until: 'cloud-init' },
          deploy: {
            steps: [
              { name: 'conf', file: target, contentFrom: 'file:app.conf', mode: '0600' },
              { name: 'key', authorizedKey: key },
              { name: 'setup', script, env: { PW: { from: 'file:password' } } },
            ],
          },
        }),
      )
    ).result();

    expect(await guests.lines('seen')).toEqual(['from the worker', 'hunter2']);
    expect(node.cloudInit).toBe('done');
    expect(node.deploy?.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'conf ran',
      'key ran',
      'setup ran',
    ]);
    expect(node.deploy?.[2]?.stdout).toContain(key);
    expect(node.deploy?.[2]?.stdout).toMatch(/\n600\n$/);
  },
);

test.concurrent('a variable has whatever name, and a file the mode that was asked for', async () => {
  const project = await guests.project();
  const target = guests.file('installed/tool');
  const env = { r: '/r', run: '/run', base: '/base', PATH: `/nowhere:${process.env['PATH'] ?? ''}` };
  const script = `echo "$r $run $base"; stat -c %a ${target}`;
  const owner = `${userInfo().uid}:${userInfo().gid}`;
  const run = await begin(
    guests.spec(project, {
      deploy: {
        steps: [
          { name: 'tool', file: target, content: 'x', mode: '6755', owner },
          { name: 'setup', script, env },
        ],
      },
    }),
  );
  expect((await run.result()).deploy?.[1]).toMatchObject({ stdout: '/r /run /base\n6755\n', exitCode: 0 });
});

test.concurrent(
  'a script that fails takes the node back, and its exit code and last words are said',
  async () => {
    const project = await guests.project();
    const failed = await failure(
      guests.spec(project, {
        deploy: {
          steps: [
            { name: 'setup', script: 'echo "no such disk" >&2; exit 3' },
            { name: 'never', script: marks('never') },
          ],
        },
      }),
    );

    expect(project.instances.filter(({ status }) => status !== 'DELETED')).toEqual([]);
    expect(await guests.lines('never')).toEqual([]);
    expect(failed).toMatchObject({
      type: 'ScriptFailed',
      message: expect.stringMatching(
        /^script "setup" ended with 3: no such disk; everything that this run made is deleted/,
      ),
      details: {
        step: 'deploy-setup',
        left: [],
        deploy: [{ name: 'setup', outcome: 'failed', exitCode: 3, stderr: 'no such disk\n' }],
      },
    });
  },
);

test.concurrent('a script that takes too long is stopped', async () => {
  const project = await guests.project();
  const script = `trap 'echo stopped >>${guests.file('long')}; exit 9' TERM; ${marks('long')}; while :; do sleep 0.1; done`;
  const failed = await failure(
    guests.spec(project, { deploy: { steps: [{ name: 'long', script, timeout: '1s' }] } }),
  );

  expect(await guests.lines('long')).toEqual(['x', 'stopped']);
  expect(failed).toMatchObject({
    type: 'ScriptTimedOut',
    message: expect.stringContaining(
      'script "long" did not end within 1s: it still ran; script "long" had ended with 9',
    ),
    details: { deploy: [{ name: 'long', outcome: 'timed-out', exitCode: 9 }] },
  });
});

test.concurrent('a cancel stops the script and takes the node back', async () => {
  const project = await guests.project();
  const script = `${marks('cancelled')}; sleep 60; ${marks('cancelled')}`;
  const run = await begin(guests.spec(project, { deploy: { steps: [{ name: 'long', script }] } }));
  await until(async () => (await guests.lines('cancelled')).length === 1);
  await run.cancel();
  await expect(run.result()).rejects.toMatchObject({
    type: 'Cancelled',
    message: expect.stringContaining('script "long" was stopped by TERM'),
    details: { left: [], deploy: [{ name: 'long', outcome: 'stopped', exitCode: 143 }] },
  });
  expect(await guests.lines('cancelled')).toHaveLength(1);
  expect(project.instances.filter(({ status }) => status !== 'DELETED')).toEqual([]);
});

test.concurrent('output that nobody shall see is nowhere', async () => {
  const project = await guests.project();
  const script = 'echo secret; echo secret >&2; exit 1';
  const failed = await failure(
    guests.spec(project, { deploy: { steps: [{ name: 'quiet', script, output: 'none' }] } }),
  );
  expect(failed).toMatchObject({ details: { deploy: [{ exitCode: 1, stdout: null, stderr: null }] } });
  expect(failed.message).toMatch(/^script "quiet" ended with 1; everything/);
});

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
    ['cloud-init-hangs', { until: 'cloud-init' }, '1s', 'DeadlineExceeded', /cloud-init .* is not done yet/],
    ['cloud-init-error', { until: 'cloud-init' }, '10m', 'CloudInitFailed', /ended with error/],
    [
      'cloud-init-degraded',
      { until: 'cloud-init', cloudInit: { degraded: 'fail' } },
      '10m',
      'CloudInitFailed',
      /ended with degraded/,
    ],
  ];
  test.each(rows)('%s', { timeout: 120_000 }, async (kind, ready, deadline, type, says) => {
    const project = await guests.project();
    await befalls(project, kind);
    const failed = await failure(
      guests.spec(project, {
        ready,
        run: waits(deadline),
        image: 'Debian 13',
        deploy: { steps: [{ name: 'never', script: marks(`never-${kind}`) }] },
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
    await befalls(project, kind);
    const node = await (await begin(guests.spec(project, { ready, image: 'Debian 13' }))).result();
    expect(node.cloudInit).toBe(says);
  });

  test.each(['cut-before', 'cut-after', 'closes', 'resets'] as const)(
    '%s now and then changes nothing',
    async (kind) => {
      const project = await guests.project();
      await befalls(project, kind, 2);
      const steps = ['a', 'b'].map((name) => ({ name, script: marks(`once-${kind}`) }));
      await (await begin(guests.spec(project, { deploy: { steps } }))).result();
      expect(await guests.lines(`once-${kind}`)).toHaveLength(2);
    },
  );

  test('a disk that is full begins nothing, or says how it ended', async () => {
    const project = await guests.project();
    await befalls(project, 'disk-full');
    const failed = await failure(
      guests.spec(project, {
        run: waits('3s'),
        deploy: { steps: [{ name: 'never', script: marks('never-full') }] },
      }),
    );
    expect(await guests.lines('never-full')).toEqual([]);
    expect(failed.message).toMatch(/disk may be full/);
  });

  test('a power loss while a script runs is a lost script, and no second run', async () => {
    const project = await guests.project();
    const script = `${marks('power')}; sleep 60`;
    const run = await begin(guests.spec(project, { deploy: { steps: [{ name: 'long', script }] } }));
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
    const script = `rm -rf ~/.mooring; ${marks('hidden')}`;
    const failed = await failure(
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
    const script = `echo ~ >>${guests.file('home')}; sleep 5`;
    const run = await begin(guests.spec(project, { deploy: { steps: [{ name: 'hidden', script }] } }));
    await until(async () => (await run.progress()).steps.some(({ step }) => step === 'await-deploy-hidden'));
    const [home = ''] = await guests.lines('home');
    await rm(join(home, '.mooring'), { recursive: true });
    await run.cancel();
    // The look that awaits its end may yet see it before the cancel comes.
    await expect(run.result()).rejects.toThrow(/had begun.*nothing in the guest knows of it any more/);
  },
);

test.concurrent(
  'what was asked to begin, and may run, is stopped where the time to begin it is over',
  async () => {
    const project = await guests.project();
    const script = `rm -rf ~/.mooring; ${marks('late')}; sleep 60`;
    const failed = await failure(
      guests.spec(project, { run: waits('3s'), deploy: { steps: [{ name: 'late', script }] } }),
    );
    expect(await guests.lines('late')).toHaveLength(1);
    expect(failed).toMatchObject({
      type: 'ScriptTimedOut',
      message: expect.stringMatching(/^script "late" may have begun: .*so it may still run/),
      details: { deploy: [{ name: 'late', outcome: 'timed-out' }] },
    });
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
      await begin(guests.spec(project, { name: `by-${rung.slice(0, 3)}`, ready, deploy: { steps } }))
    ).result();
    expect(node.instance.status).toBe('ACTIVE');
  }
  const failed = await failure(
    guests.spec(project, { name: 'never', ready: { until: 'tcp:9', from: 'guest' }, run: waits('1s') }),
  );
  expect(failed).toMatchObject({
    type: 'DeadlineExceeded',
    message: expect.stringMatching(/nothing listens on port 9/),
  });
});

describe.concurrent('refused before anything is made', () => {
  const rows: [what: string, spec: Partial<NodeSpec>, type: string, says: string][] = [
    [
      'a key that the worker has not',
      { ssh: { key: 'absent' } },
      'PreflightFailed',
      'the worker has no SSH key "absent"; it has stranger, tests',
    ],
    [
      'a key that nobody lets in',
      { ssh: { key: 'stranger' } },
      'PreflightFailed',
      'the worker\'s SSH key "stranger" (ssh-ed25519 SHA256:',
    ],
    [
      'a file outside of the folder',
      { deploy: { steps: [{ name: 'a', scriptFrom: 'file:../keys/tests' }] } },
      'PreflightFailed',
      'scriptFrom of step "a": "file:../keys/tests": MOORING_DEPLOY_DIR has no such file',
    ],
    [
      'a variable that is not allowed',
      { deploy: { steps: [{ name: 'a', script: 'true', env: { A: { from: 'env:HOME' } } }] } },
      'PreflightFailed',
      'env.A of step "a": "env:HOME": this worker does not allow it; add it to MOORING_DEPLOY_ENV',
    ],
    [
      'host keys of the user data that nobody names',
      { userData: '#cloud-config\nssh_keys:\n  ed25519_private: x\n' },
      'InvalidSpec',
      'userData brings host keys by ssh_keys, so ssh.hostKey must be the public line of one of them',
    ],
  ];
  test.each(rows)('%s', async (_, spec, type, says) => {
    const project = await guests.project();
    const failed = await failure(guests.spec(project, spec));
    expect(project.changes.filter((change) => !change.endsWith('/sshkey'))).toEqual([]);
    expect(failed).toMatchObject({ type, message: expect.stringContaining(says) });
  });
});

describe.concurrent('a node that stands', () => {
  const stands = async () => {
    const project = await guests.project();
    await (await begin(guests.spec(project, { ready: { until: 'active' } }))).result();
    const { port } = guests.spec(project).ssh ?? {};
    return { project, request: { ...project.ref, ssh: { key: 'tests', port } } };
  };

  test('runs a step once, and again only where somebody says so', async () => {
    const { request } = await stands();
    const steps = [{ name: 'one', script: marks('deployed') }];
    const deploy = async (again?: string) =>
      (await guests.stack.mooring.start('deployNode', { ...request, steps, again })).result();
    expect((await deploy()).steps).toMatchObject([{ name: 'one', outcome: 'ran', exitCode: 0 }]);
    expect((await deploy()).steps).toMatchObject([{ outcome: 'already' }]);
    expect(await guests.lines('deployed')).toHaveLength(1);
    const { node } = await deploy('second');
    expect(await guests.lines('deployed')).toHaveLength(2);
    expect(node).toMatchObject({ ssh: { hostKeys: [expect.any(String)] }, deploy: [{ outcome: 'ran' }] });
  });

  test('is never rolled back', async () => {
    const { project, request } = await stands();
    const before = project.snapshot();
    const steps = [{ name: 'bad', script: 'exit 1' }];
    const run = await guests.stack.mooring.start('deployNode', { ...request, steps });
    await expect(run.result()).rejects.toMatchObject({
      type: 'ScriptFailed',
      details: { undone: [], left: [] },
    });
    expect(project.snapshot()).toBe(before);
    const again = await guests.stack.mooring.start('deployNode', { ...request, steps });
    await expect(again.result()).rejects.toMatchObject({
      message: expect.stringMatching(/^an earlier run began it: script "bad" ended with 1; .*again/),
    });
  });

  test('is destroyed at once, and what runs in it is stopped first', async () => {
    const { project, request } = await stands();
    const script = `trap 'echo stopped >>${guests.file('destroyed')}; exit 1' TERM; ${marks('destroyed')}; while :; do sleep 0.1; done`;
    const run = await guests.stack.mooring.start('deployNode', {
      ...request,
      steps: [{ name: 'long', script }],
    });
    await until(async () => (await guests.lines('destroyed')).length === 1);
    await (await guests.stack.mooring.start('destroyNode', project.ref)).result();
    await expect(run.result()).rejects.toMatchObject({ type: 'Cancelled' });
    expect(await guests.lines('destroyed')).toEqual(['x', 'stopped']);
    expect(project.instances.filter(({ status }) => status !== 'DELETED')).toEqual([]);
  });

  test('without its instance, or with another, runs nothing', async () => {
    const { request } = await stands();
    const steps = [{ name: 'no', script: marks('not-this') }];
    const other = await guests.stack.mooring.start('deployNode', {
      ...request,
      steps,
      ifInstanceId: 'another',
    });
    await expect(other.result()).rejects.toMatchObject({ type: 'NodeDiffers' });
    const absent = await guests.stack.mooring.start('deployNode', { ...request, name: 'absent', steps });
    await expect(absent.result()).rejects.toMatchObject({ type: 'OvhNotFound' });
    expect(await guests.lines('not-this')).toEqual([]);
  });
});

describe.concurrent('what happens to a machine and those who enter it', () => {
  test('ten clients that begin a step at once begin it once', async () => {
    const project = await guests.project();
    await (await begin(guests.spec(project))).result();
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
    const files = { script: Buffer.from(`${marks('at-once')}; sleep 0.5\n`), entry };
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
    const script = `${marks('runner')}; ${runner}; sleep 0.2`;
    const spec = guests.spec(project, { deploy: { steps: [{ name: 'setup', script }] } });
    expect(await failure({ ...spec, run: { onFailure: 'keep' } })).toMatchObject({
      type: 'ScriptLost',
      message: expect.stringMatching(/is lost \((killed|orphan)\)/),
      details: { deploy: [{ name: 'setup', outcome: 'lost', exitCode: null }] },
    });
    expect(await failure(spec)).toMatchObject({ type: 'ScriptLost' });
    expect(await guests.lines('runner')).toHaveLength(1);
  });

  test('a machine that is a copy of another runs its own steps', async () => {
    const project = await guests.project();
    const steps = [{ name: 'setup', script: marks('copied') }];
    const first = await (await begin(guests.spec(project, { deploy: { steps } }))).result();
    const second = await (await begin(guests.spec(project, { name: 'web-2' }))).result();
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
  await befalls(gone, 'refuses');
  const steps = (name: string) => ({ deploy: { steps: [{ name: 'setup', script: marks(name) }] } });
  const waiting = await begin(guests.spec(gone, steps('of-the-gone')));
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
    await (await begin(guests.spec(comes, steps('of-who-comes')))).result();
  } finally {
    if (park) park.reusesAddresses = false;
  }
  expect(await addressOf(comes)).toEqual(address);
  expect(await ended).toMatchObject({ type: 'HostKeyDiffers', details: { left: [] } });
  expect(await guests.lines('of-the-gone')).toEqual([]);
  expect(await guests.lines('of-who-comes')).toHaveLength(1);
});

test.concurrent('two steps take at most five activities more, and no look at OVH', async () => {
  const taken = async (overrides: Partial<NodeSpec>) => {
    const project = await guests.project();
    const run = await begin(guests.spec(project, { ready: { until: 'address' }, ...overrides }));
    const { timing } = await run.result();
    return { steps: Object.keys(timing.steps), calls: project.calls.length };
  };
  const steps = ['a', 'b'].map((name) => ({ name, script: 'sleep 1' }));
  const [without, withSteps] = [await taken({}), await taken({ deploy: { steps } })];
  expect(withSteps.steps.filter((step) => !without.steps.includes(step))).toEqual([
    'await-guest',
    'deploy-a',
    'await-deploy-a',
    'deploy-b',
    'await-deploy-b',
  ]);
  // Looks at a machine that is being made differ by chance; each step and each rung would be one more, at least.
  expect(withSteps.calls).toBeLessThan(without.calls + 3);
});

test.concurrent('no key, no variable and no file of the worker is in a history', async () => {
  const project = await guests.project();
  const secrets = ['a-password-in-a-file', 'the content of a secret file'];
  await writeFile(join(guests.sources, 'secret'), `${secrets[0]}\n`);
  await writeFile(join(guests.sources, 'secret.conf'), `${secrets[1]}\n`);
  const script = `test "$PW" = "$(printf a-password-in; printf %s -a-file)" && ${marks('secret')}; ps -eo args | grep -c "a-password-in[-]a-file"`;
  const run = await begin(
    guests.spec(project, {
      deploy: {
        steps: [
          { name: 'conf', file: guests.file('conf'), contentFrom: 'file:secret.conf' },
          { name: 'setup', script, env: { PW: { from: 'file:secret' } } },
        ],
      },
    }),
  );
  const node = await run.result().catch((error: unknown) => error);
  const { client, connection } = await connectClient({ address: inject('temporalAddress') });
  const history = await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
  await connection.close();
  const bytes = Buffer.from(temporal.api.history.v1.History.encode(history).finish());
  for (const secret of [
    ...secrets,
    HOST_KEY_SECRET,
    'PRIVATE KEY',
    loginKey().privateKey.split('\n')[1] ?? '',
  ])
    expect(bytes.includes(secret) && secret).toBe(false);
  expect(JSON.stringify(node)).not.toMatch(/a-password-in-a-file|the content of/);
  // In no command line of the whole machine, while it runs.
  expect(node).toMatchObject({ details: { deploy: [{}, { name: 'setup', exitCode: 1, stdout: '0\n' }] } });
  expect(await guests.lines('secret')).toHaveLength(1);
});
