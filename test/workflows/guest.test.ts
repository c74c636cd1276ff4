import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NodeSpec } from '../../src/contract/index.ts';
import { eventsOf } from '../support/history.ts';
import { GuestStack } from '../support/guest-stack.ts';
import { during, until } from '../support/until.ts';

/* Nodes that are asked in their guests: a real worker, a simulated OVH whose machines answer SSH and run real scripts. */

let guests: GuestStack;
beforeAll(async () => {
  guests = await GuestStack.start();
});
afterAll(() => guests?.stop());

test.concurrent('a node is ready once its guest answers, and its script has run once', async () => {
  const project = await guests.project();
  const script = `echo "$1 $WHO" >>${guests.file('first')}; echo out; echo err >&2`;
  const spec = guests.spec(project, {
    deploy: { steps: [{ name: 'setup', script, args: ["it's"], env: { WHO: 'me' } }] },
  });
  const run = await guests.begin(spec);
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

  const again = await (await guests.begin(spec)).result();
  expect(await guests.lines('first')).toHaveLength(1);
  expect(again).toMatchObject({ outcome: 'adopted', deploy: [{ outcome: 'already', exitCode: 0 }] });
});

test.concurrent('a node on a private network is asked in its guest by way of its floating IP', async () => {
  const project = await guests.project();
  const networks = [{ network: 'private', floatingIp: true as const }];
  const script = `echo x >>${guests.file('behind')}`;
  const spec = guests.spec(project, { networks, deploy: { steps: [{ name: 'setup', script }] } });
  const node = await (await guests.begin(spec)).result();
  expect(await guests.lines('behind')).toEqual(['x']);
  expect(node.ssh).toMatchObject({ host: node.floatingIp?.ip });
  expect(node.addresses).toMatchObject({ publicIpv4: null, floatingIpv4: node.floatingIp?.ip });
  expect(node.deploy).toMatchObject([{ outcome: 'ran' }]);

  const later = [{ name: 'later', script }];
  const deployed = await guests.stack.mooring.start('deployNode', {
    ...project.ref,
    steps: later,
    ssh: { ...spec.ssh, key: 'tests' },
  });
  expect((await deployed.result()).steps).toMatchObject([{ outcome: 'ran' }]);
  expect(await guests.lines('behind')).toHaveLength(2);
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
      await guests.begin(
        guests.spec(project, {
          ready: { until: 'cloud-init' },
          deploy: {
            steps: [
              { name: 'conf', file: target, contentFrom: 'file:app.conf', mode: '0600' },
              { name: 'key', authorizedKey: key },
              // As clients send it that know of every field.
              {
                name: 'text',
                file: guests.file('text'),
                content: 'sent along\n',
                script: null,
                scriptFrom: null,
              },
              { name: 'setup', script, env: { PW: { from: 'file:password' } } },
            ],
          },
        }),
      )
    ).result();

    expect(await guests.lines('seen')).toEqual(['from the worker', 'hunter2']);
    expect(await guests.lines('text')).toEqual(['sent along']);
    expect(node.cloudInit).toBe('done');
    expect(node.deploy?.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'conf ran',
      'key ran',
      'text ran',
      'setup ran',
    ]);
    expect(node.deploy?.[3]?.stdout).toContain(key);
    expect(node.deploy?.[3]?.stdout).toMatch(/\n600\n$/);
  },
);

test.concurrent('a variable has whatever name, and a file the mode that was asked for', async () => {
  const project = await guests.project();
  const target = guests.file('installed/tool');
  const env = { r: '/r', run: '/run', base: '/base', PATH: `/nowhere:${process.env['PATH'] ?? ''}` };
  const script = `echo "$r $run $base"; stat -c %a ${target}`;
  const owner = `${userInfo().uid}:${userInfo().gid}`;
  const run = await guests.begin(
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
    const failed = await guests.failure(
      guests.spec(project, {
        deploy: {
          steps: [
            { name: 'setup', script: 'echo "no such disk" >&2; exit 3' },
            { name: 'never', script: guests.marks('never') },
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
        step: expect.stringMatching(/^(await-)?deploy-setup$/),
        left: [],
        deploy: [{ name: 'setup', outcome: 'failed', exitCode: 3, stderr: 'no such disk\n' }],
      },
    });
  },
);

test.concurrent('a script that takes too long is stopped', async () => {
  const project = await guests.project();
  const script = `trap 'echo stopped >>${guests.file('long')}; exit 9' TERM; ${guests.marks('long')}; while :; do sleep 0.1; done`;
  const failed = await guests.failure(
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
  const script = `${guests.marks('cancelled')}; sleep 60; ${guests.marks('cancelled')}`;
  const run = await guests.begin(guests.spec(project, { deploy: { steps: [{ name: 'long', script }] } }));
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

test.concurrent(
  'progress says which rung is waited for, and the last line of a script that runs',
  async () => {
    const project = await guests.project();
    // At one look in two seconds its first word, after six, comes meanwhile.
    await guests.befalls(project, 'closes', 5);
    const script = 'echo begun; echo half way; sleep 600';
    const run = await guests.begin(guests.spec(project, { deploy: { steps: [{ name: 'slow', script }] } }));
    const told = (step: string, says: RegExp) =>
      during(
        run,
        () => run.progress(),
        ({ steps }) => steps.some((each) => each.step === step && says.test(each.message ?? '')),
      );
    await told('await-guest', /^waits for ssh of web-1-/);
    await told('await-deploy-slow', /^script "slow" runs for \d+ s: half way$/);
    await run.cancel();
    await expect(run.result()).rejects.toMatchObject({ type: 'Cancelled', details: { left: [] } });
  },
);

test.concurrent('output that nobody shall see is nowhere', async () => {
  const project = await guests.project();
  const script = 'echo secret; echo secret >&2; exit 1';
  const failed = await guests.failure(
    guests.spec(project, { deploy: { steps: [{ name: 'quiet', script, output: 'none' }] } }),
  );
  expect(failed).toMatchObject({ details: { deploy: [{ exitCode: 1, stdout: null, stderr: null }] } });
  expect(failed.message).toMatch(/^script "quiet" ended with 1; everything/);
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
    const failed = await guests.failure(guests.spec(project, spec));
    expect(project.changes.filter((change) => !change.endsWith('/sshkey'))).toEqual([]);
    expect(failed).toMatchObject({ type, message: expect.stringContaining(says) });
  });
});

describe.concurrent('a node that stands', () => {
  const stands = async () => {
    const project = await guests.project();
    await (await guests.begin(guests.spec(project, { ready: { until: 'active' } }))).result();
    const { port } = guests.spec(project).ssh ?? {};
    return { project, request: { ...project.ref, ssh: { key: 'tests', port } } };
  };

  test('runs a step once, and again only where somebody says so', async () => {
    const { request } = await stands();
    const steps = [{ name: 'one', script: guests.marks('deployed') }];
    const deploy = async (again?: string) =>
      (await guests.stack.mooring.start('deployNode', { ...request, steps, again })).result();
    expect((await deploy()).steps).toMatchObject([{ name: 'one', outcome: 'ran', exitCode: 0 }]);
    expect((await deploy()).steps).toMatchObject([{ outcome: 'already' }]);
    expect(await guests.lines('deployed')).toHaveLength(1);
    const { node } = await deploy('second');
    expect(await guests.lines('deployed')).toHaveLength(2);
    expect(node).toMatchObject({ ssh: { hostKeys: [expect.any(String)] }, deploy: [{ outcome: 'ran' }] });
  });

  test('is joined by who asks for the same steps, and by nobody who asks for others', async () => {
    const { request } = await stands();
    const script = `${guests.marks('joined')}; until test -e ${guests.file('joined-ends')}; do sleep 0.1; done`;
    const deploy = (text: string) =>
      guests.stack.mooring.start('deployNode', { ...request, steps: [{ name: 'long', script: text }] });
    const run = await deploy(script);
    await until(async () => (await guests.lines('joined')).length === 1);
    expect(await deploy(script)).toMatchObject({ runId: run.runId, joined: true });
    await expect(deploy('true')).rejects.toMatchObject({ type: 'NodeBusy' });
    await writeFile(guests.file('joined-ends'), '');
    await run.result();
    expect(await guests.lines('joined')).toHaveLength(1);
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
    const script = `trap 'echo stopped >>${guests.file('destroyed')}; exit 1' TERM; ${guests.marks('destroyed')}; while :; do sleep 0.1; done`;
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

  test('is rid of all that a script has begun where that is cancelled, wherever it fled', async () => {
    const { request } = await stands();
    const flees = `setsid sh -c 'echo $$ >>${guests.file('fled')}; exec sleep 60' </dev/null >/dev/null 2>&1 &`;
    const run = await guests.stack.mooring.start('deployNode', {
      ...request,
      steps: [{ name: 'long', script: `${flees}\nsleep 60` }],
    });
    await until(async () => (await guests.lines('fled')).length === 1);
    const [pid = ''] = await guests.lines('fled');
    await run.cancel();
    await expect(run.result()).rejects.toMatchObject({ type: 'Cancelled' });
    await until(() => !existsSync(`/proc/${pid}`));
  });

  test('without its instance, or with another, runs nothing', async () => {
    const { request } = await stands();
    const steps = [{ name: 'no', script: guests.marks('not-this') }];
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

/** What Temporal is asked for by a history: beside heartbeats, and attempts after the first, that is what its cloud bills. */
const ASKED =
  /^(activityTaskScheduled|timerStarted|markerRecorded|startChildWorkflow|upsert|signalExternal|requestCancel)/;

test.concurrent(
  'two steps ask Temporal for three things more, for five where they take long, and OVH for no look',
  async () => {
    const taken = async (overrides: Partial<NodeSpec>) => {
      const project = await guests.project();
      const run = await guests.begin(guests.spec(project, { ready: { until: 'address' }, ...overrides }));
      const { timing } = await run.result();
      const asked = (await eventsOf(run)).flatMap((event) =>
        Object.entries(event).filter(([name, attributes]) => attributes && ASKED.test(name)),
      );
      return { steps: Object.keys(timing.steps), calls: project.calls.length, asked: asked.length };
    };
    const two = (script: string) => ({ deploy: { steps: ['a', 'b'].map((name) => ({ name, script })) } });
    const [without, withSteps] = [await taken({}), await taken(two('sleep 5'))];
    expect(withSteps.steps.filter((step) => !without.steps.includes(step))).toEqual([
      'await-guest',
      'deploy-a',
      'await-deploy-a',
      'deploy-b',
      'await-deploy-b',
    ]);
    expect(without.asked).toBeGreaterThanOrEqual(without.steps.length);
    expect(withSteps.asked).toBe(without.asked + 5);
    // Looks at a machine that is being made differ by chance; each step and each rung would be one more, at least.
    expect(withSteps.calls).toBeLessThan(without.calls + 3);
    // A guest that is slow for a moment is asked again.
    await until(
      () => taken(two('true')),
      ({ asked }) => asked === without.asked + 3,
    );
  },
);
