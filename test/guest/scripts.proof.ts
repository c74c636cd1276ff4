import { mkdirSync, rmSync } from 'node:fs';
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporal } from '@temporalio/proto';
import { afterAll, beforeAll, describe, expect, inject, test, type TestContext } from 'vitest';
import type { DeployStep } from '../../src/contract/index.ts';
import { derivedHostKey } from '../../src/guest/host-key.ts';
import { markOf } from '../../src/identity/mark.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { Line } from '../support/line.ts';
import { Crew } from '../support/crew.ts';
import { guestFolder, pathsOn } from '../support/guest-folder.ts';
import { GuestStack, HOST_KEY_SECRET } from '../support/guest-stack.ts';
import { PATIENT, TEST_MS } from '../support/patience.ts';
import { isProof } from '../support/proof.ts';
import { quickProgram, type Program } from '../support/quick-program.ts';
import { hasSshd, loginKey, Sshd } from '../support/sshd.ts';
import type { TestProject } from '../support/stack.ts';
import { during, until } from '../support/until.ts';
import { environmentOfAll, spawnWorker } from '../support/worker-process.ts';

/*
 * Scripts while workers are killed and stand still, connections are cut and the guest's sshd dies: where success is
 * reported the effect is there once, otherwise once or never, and never twice.
 */

const NODES = isProof ? 50 : 1;
const STEPS = isProof ? 10 : 5;
/** Production's time-outs, one after the other, in a proof. */
const LONG_MS = isProof ? 3_600_000 : TEST_MS;
const STARTED = temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_STARTED;

let quick: Program | undefined;
beforeAll(async () => {
  quick = await quickProgram();
});
afterAll(() => quick?.remove());

function draws(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe.each([
  ['a guest of the simulator', false],
  ['a real OpenSSH server', true],
])('against %s', (_, isReal) => {
  // What differs of a real one is `real-sshd.test.ts`'s; its deaths are a proof's.
  test.runIf(isReal ? isProof && hasSshd : true)(
    `${NODES * STEPS} scripts, each at most once`,
    { timeout: LONG_MS },
    async (context) => {
      const draw = draws(inject('seed'));
      const guests = await GuestStack.start({ worker: false });
      context.onTestFinished(() => guests.stop());
      const { stack } = guests;
      const projects = await Promise.all(Array.from({ length: NODES }, () => guests.project()));
      const env = { ...(await environmentOfAll(stack, context)), ...guests.environment };
      const sshds: Sshd[] = [];
      context.onTestFinished(async () => {
        await Promise.all(sshds.map((sshd) => sshd.stop()));
      });
      // Nobody of the simulator's listens, so that the real one can take the address.
      if (isReal) await stack.simulator.guests?.addFault({ kind: 'refuses' });
      const crew = new Crew(quick?.main ?? '', env, 2, 4000);
      context.onTestFinished(() => crew.end());

      const stop = new AbortController();
      const runs = await Promise.all(
        projects.map((project, node) => {
          const steps = Array.from({ length: STEPS }, (__, step) => ({
            name: `s${step}`,
            script: `sleep 0.2; echo ${step} >>${guests.file(`ran-${node}`)}; exit ${step === 7 && node % 5 === 1 ? 1 : 0}`,
          }));
          const spec = guests.spec(project, {
            name: `web-${project.alias}`,
            deploy: { steps },
            ...(isReal && { ssh: { user: process.env['USER'] ?? 'root' } }),
            run: { onFailure: 'keep' },
          });
          return stack.mooring.start('provisionNodeWithVolume', spec);
        }),
      );
      if (isReal) sshds.push(...(await Promise.all(projects.map((project) => realGuest(guests, project)))));
      const suffering = [
        crew.suffer(draw, 4000, stop.signal, isProof ? undefined : 8).then(() => stop.abort()),
        disturb(guests, sshds, draw, stop.signal),
      ];
      const ended = await Promise.all(
        runs.map((run) =>
          run.result().then(
            (node) => node.deploy ?? [],
            (error: { details?: { deploy?: { name: string; outcome: string }[] } }) =>
              error.details?.deploy ?? [],
          ),
        ),
      );
      stop.abort();
      await Promise.all(suffering);

      let reported = 0;
      for (const [node, steps] of ended.entries()) {
        const ran = await guests.lines(`ran-${node}`);
        expect(new Set(ran).size, `nothing ran twice in node ${node}: ${ran.join()}`).toBe(ran.length);
        for (const { name, outcome } of steps) {
          if (outcome !== 'ran' && outcome !== 'already') continue;
          reported += 1;
          expect(ran, `${name} of node ${node} is reported as ${outcome}`).toContain(name.slice(1));
        }
      }
      const { SIGKILL, SIGTERM, SIGSTOP } = crew.suffered;
      process.stdout.write(
        `scripts: ${reported} of ${NODES * STEPS} reported, 0 twice; workers suffered ${SIGKILL} SIGKILL, ${SIGTERM} SIGTERM, ${SIGSTOP} SIGSTOP\n`,
      );
      expect(reported).toBeGreaterThan((NODES * STEPS) / 2);
      for (const project of projects) project.expects(...project.instances);
    },
  );
});

/* A worker that dies at a moment of its own, and one that comes after it. */
test(
  'a worker that dies before it has recorded, while a script waits to run, or while it uploads',
  { timeout: LONG_MS },
  async (context) => {
    const guests = await GuestStack.start({ worker: false });
    context.onTestFinished(() => guests.stop());
    const { stack } = guests;
    const projects = await Promise.all([guests.project(), guests.project(), guests.project()]);
    const [recording, claiming, uploading] = projects;
    const env = { ...(await environmentOfAll(stack, context)), ...guests.environment };
    const spawn = () => spawnWorker(env, context, quick?.main);
    let worker = spawn();
    const dies = async () => {
      await worker.kill();
      worker = spawn();
    };
    const begin = (project: TestProject, ...steps: DeployStep[]) =>
      stack.mooring.start('provisionNodeWithVolume', guests.spec(project, { deploy: { steps } }));
    const marks = (name: string) => `echo x >>${guests.file(name)}`;

    // The script itself stops the worker, which has asked for it and not heard the answer.
    const started = await begin(recording, {
      name: 'setup',
      script: `kill -STOP ${worker.child.pid}; ${marks('recorded')}`,
    });
    await during(started, async () => (await guests.lines('recorded')).length === 1);
    await dies();
    expect((await started.result()).deploy).toMatchObject([{ outcome: 'ran', exitCode: 0 }]);
    expect(await guests.lines('recorded')).toHaveLength(1);
    // Each death takes a quarter of a minute, until Temporal has noticed it.
    if (!isProof) return;

    // Who claims syncs, and runs then: this guest's disk is busy until we say so.
    const claimed = await begin(claiming, { name: 'setup', script: marks('claimed') });
    const machine = await during(claimed, () => guestOf(claiming));
    const disk = join(guestFolder(machine ?? ''), 'syncing');
    const busy = setInterval(() => mkdirSync(disk, { recursive: true }), 5);
    context.onTestFinished(() => clearInterval(busy));
    await during(claimed, () => pathsOn(machine ?? '', /\/claim$/).length > 0);
    await dies();
    expect(await guests.lines('claimed')).toEqual([]);
    clearInterval(busy);
    rmSync(disk, { recursive: true });
    expect((await claimed.result()).deploy).toMatchObject([{ exitCode: 0 }]);
    expect(await guests.lines('claimed')).toHaveLength(1);

    // Part of it is there under a name of its own, and never under the file's.
    await writeFile(join(guests.sources, 'large'), Buffer.alloc(4 * 1024 * 1024, 'x'));
    const target = guests.file('installed');
    const uploaded = await begin(uploading, { name: 'conf', file: target, contentFrom: 'file:large' });
    await during(uploaded, () => pathsOn(guestOf(uploading) ?? '', /\/content\./).length > 0);
    await dies();
    expect((await uploaded.result()).deploy).toMatchObject([{ outcome: 'ran', exitCode: 0 }]);
    expect((await stat(target)).size).toBe(4 * 1024 * 1024);
    expect(pathsOn(guestOf(uploading) ?? '', /\/content/)).toEqual([]);
    for (const project of projects) project.expects(...project.instances);
  },
);

test(
  'a script that hides its claim and was begun by who dies before it is told so is lost, and does not run again',
  { timeout: LONG_MS },
  async (context) => {
    const { guests, project, env } = await withoutWorker(context);
    const first = spawnWorker(env, context, quick?.main);
    const script = `kill -STOP ${first.child.pid}; rm -rf ~/.mooring; echo x >>${guests.file('hidden')}`;
    const spec = guests.spec(project, { deploy: { steps: [{ name: 'setup', script }] } });
    const run = await guests.stack.mooring.start('provisionNodeWithVolume', spec);
    await during(run, async () => (await guests.lines('hidden')).length === 1);
    await first.kill();
    spawnWorker(env, context, quick?.main);
    await expect(run.result()).rejects.toMatchObject({ type: 'ScriptLost' });
    expect(await guests.lines('hidden')).toHaveLength(1);
  },
);

test(
  'a worker that stands still before a script, is replaced and wakes up, begins nothing',
  { timeout: LONG_MS },
  async (context) => {
    const { guests, project, env } = await withoutWorker(context);
    const line = new Line(inject('temporalAddress'));
    const first = spawnWorker({ ...env, TEMPORAL_ADDRESS: await line.mend() }, context, quick?.main);
    context.onTestFinished(() => line.cut());
    const script = `#!/bin/sh\necho x >>${guests.file('stood')}\nexit\n`;
    await writeFile(join(guests.sources, 'setup.sh'), script.padEnd(4 * 1024 * 1024, '#'));
    const steps = [{ name: 'setup', scriptFrom: 'file:setup.sh' }];
    const run = await guests.stack.mooring.start(
      'provisionNodeWithVolume',
      guests.spec(project, { deploy: { steps } }),
    );
    const machine = () => guestOf(project) ?? '';
    await during(run, () => pathsOn(machine(), /\/script\.\d+$/).length > 0);
    first.signal('SIGSTOP');
    // Its next attempt comes to it as well, and lies in its socket: it alone asks for work.
    const { client, connection } = await connectClient({ ...PATIENT, address: inject('temporalAddress') });
    context.onTestFinished(() => connection.close());
    await during(
      run,
      async () => (await client.workflow.getHandle(run.workflowId).describe()).raw.pendingActivities ?? [],
      ([act]) => (act?.attempt ?? 1) > 1 && act?.state === STARTED,
    );
    // From now on nobody tells it anything.
    await line.cut();
    spawnWorker(env, context, quick?.main);
    expect((await run.result()).deploy).toMatchObject([{ exitCode: 0 }]);
    expect(await guests.lines('stood')).toHaveLength(1);

    // Nothing in the guest tells it either: somebody has cleaned that up.
    const [kept = ''] = pathsOn(machine(), /\/\.mooring$/);
    await rm(join(guestFolder(machine()), 'disk', kept), { recursive: true });
    first.signal('SIGCONT');
    // It puts the script again, or has lost what lay in its socket: whoever sleeps for long finds that call timed out.
    const isAwake = () =>
      pathsOn(machine(), /\/(entry|claim)$/).length > 0 || /gRPC call/.test(first.output());
    await until(isAwake);
    // That nothing begins shows only in time: what was put would begin at once.
    await sleep(3000);
    expect(await guests.lines('stood')).toHaveLength(1);
    project.expects(...project.instances);
  },
);

/** A project whose workers are processes of the test's, with this environment. */
async function withoutWorker(context: TestContext) {
  const guests = await GuestStack.start({ worker: false });
  context.onTestFinished(() => guests.stop());
  const project = await guests.project();
  const env = { ...(await environmentOfAll(guests.stack, context)), ...guests.environment };
  return { guests, project, env };
}

/** The project's one instance, once its guest is on. */
function guestOf(project: TestProject): string | undefined {
  const [instance] = project.instances;
  return instance && pathsOn(instance.id, /authorized_keys/).length > 0 ? instance.id : undefined;
}

/** A real sshd at the address of the project's instance, with the host key that its user data brought. */
async function realGuest({ stack }: GuestStack, project: TestProject): Promise<Sshd> {
  const [instance] = await until(
    () => project.instances,
    ([found]) => found?.status === 'ACTIVE',
  );
  const { owner } = stack.config;
  const { projectId } = project.credentials;
  const mark = markOf({ owner, projectId, region: 'GRA11' }, `web-${project.alias}`);
  const views = (await stack.simulator.guests?.views()) ?? [];
  const host = views.find(({ instanceId }) => instanceId === instance?.id)?.addresses[0] ?? '';
  return Sshd.start({
    host,
    port: stack.simulator.guests?.port ?? 0,
    hostKey: derivedHostKey(HOST_KEY_SECRET, mark).privateKey,
    publicKey: loginKey().publicKey,
  });
}

/** Cuts connections, and kills the servers of SSH with all that they serve: what they run goes on. */
async function disturb(
  { stack }: GuestStack,
  sshds: Sshd[],
  draw: () => number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(300 + 1200 * draw(), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const sshd = sshds[Math.floor(draw() * sshds.length)];
    if (sshd) {
      await sshd.down();
      await sshd.up();
    } else await stack.simulator.guests?.act('cut', {});
  }
}
