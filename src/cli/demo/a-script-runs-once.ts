import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Mooring, type Run } from '../../client/index.ts';
import { STEPS, type NodeSpec } from '../../contract/index.ts';
import type { Stage } from './stage.ts';

const STEP = 'setup';

/** A script runs inside the machine while the worker that waits for it is killed. */
export async function aScriptRunsOnce(stage: Stage): Promise<void> {
  const { stack } = stage;
  const { guests } = stack;
  if (!guests) return;
  stage.chapter(
    '5. A script in the machine, and its worker dies',
    'Ready means that the machine itself answers by SSH, with a host key that was known before it was. Then a script runs in it.',
    'The worker that waits for it is killed (SIGKILL). The script goes on; another worker finds it, and must not run it again.',
  );
  const folder = await mkdtemp(join(tmpdir(), 'mooring-demo-guest-'));
  const effect = join(folder, 'effect');
  const { address, namespace } = stack.server;
  const mooring = await Mooring.connect({ address, namespace, taskQueue: 'mooring' });
  try {
    const script = `echo ran >>'${effect}'; for part in 1 2 3 4 5 6 7 8; do echo "part $part of 8"; sleep 1.5; done`;
    const { run, node, view } = await stage.provision(mooring, specOf(guests, script));
    await untilItWaits(run);
    const { pid } = stack.worker;
    await stack.worker.kill();
    await stack.startWorker();
    view.say(stage.paint('yellow', `killed worker ${pid}; worker ${stack.worker.pid} takes over`));
    const ready = await node;
    stage.show(ready);
    const [step] = ready.deploy;
    const effects = (await readFile(effect, 'utf8')).split('\n').filter((line) => line !== '');
    stage.checks.record('the script in demo-4 outlived the worker, and ran exactly once', {
      found: { outcome: step?.outcome, exitCode: step?.exitCode, effects: effects.length },
      wanted: { outcome: 'ran', exitCode: 0, effects: 1 },
    });
  } finally {
    await mooring.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function specOf({ port, key }: { port: number; key: string }, script: string): NodeSpec {
  return {
    ...{ name: 'demo-4', region: 'GRA11', flavor: 'b3-8', image: 'Debian 12' },
    sshKey: key,
    ready: { until: 'cloud-init' },
    ssh: { port },
    deploy: { steps: [{ name: STEP, script }] },
  };
}

/** The wait pauses between two attempts: what is killed then is missed by nobody, and the next one begins at once. */
async function untilItWaits(run: Run): Promise<void> {
  for (;;) {
    const { steps, status } = await run.progress();
    const isWaiting = steps.some(
      ({ step, state }) => step === STEPS.awaitDeploy(STEP) && state === 'waiting',
    );
    if (isWaiting || status !== 'running') return;
    await sleep(100);
  }
}
