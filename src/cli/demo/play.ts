import { CliError } from '../cli-error.ts';
import { showDuration } from '../duration.ts';
import { EmbeddedStack } from '../embedded-stack.ts';
import { standardOutput } from '../standard-output.ts';
import { textTable } from '../text-table.ts';
import { aScriptRunsOnce } from './a-script-runs-once.ts';
import { aWorkerDies, everythingGoesWell, ovhRefuses, temporalIsLost } from './chapters.ts';
import { Checks } from './checks.ts';
import { Stage } from './stage.ts';

export interface Show {
  /** Everything runs on at the end, until Ctrl-C. */
  keep?: boolean;
  color: boolean;
  dataDir: string;
  ended: Promise<void>;
  /** All is shown; a Ctrl-C from now on ends what `--keep` keeps. */
  isOver: boolean;
  stack?: EmbeddedStack;
}

/** Plays all chapters. @throws CliError where not everything held */
export async function play(show: Show): Promise<void> {
  const began = performance.now();
  const simulator = { bootMs: 5000, volumeMs: 2000, attachMs: 1000, deleteMs: 1500 };
  show.stack = await EmbeddedStack.start({
    dataDir: show.dataDir,
    // A page in a browser may reach the UI, and what reaches Temporal has guests run commands: only one of both is there.
    ports: show.keep ? { uiPort: 0 } : {},
    simulator,
    // Only Linux takes all of 127.0.0.0/8 for its own.
    guests: process.platform === 'linux' && !show.keep,
    settle: '3s',
    tell: (line) => standardOutput.write(`${line}\n`),
  });
  const stage = new Stage({ stack: show.stack, checks: new Checks(), color: show.color });

  introduce(stage);
  const first = await everythingGoesWell(stage);
  await ovhRefuses(stage);
  const third = await aWorkerDies(stage);
  await temporalIsLost(stage, { first, third });
  await aScriptRunsOnce(stage);

  tellWhatHeld(stage, performance.now() - began);
  show.isOver = true;
  if (show.keep) await lookAround(stage, show.ended);
}

function introduce(stage: Stage): void {
  const { server, endpoint, worker } = stage.stack;
  stage.chapter(
    'Mooring makes nodes (an instance and its disks) on OVHcloud, and never loses one.',
    'This demo makes some, and breaks something each time. What runs, all on this machine:',
    '',
    textTable([
      ['  Temporal', server.uiUrl ?? server.address, 'writes down every step, so that any process can go on'],
      [
        '  simulator',
        new URL(endpoint).origin,
        'stands in for OVHcloud: open it, and watch what happens there',
      ],
      ['  worker', `process ${worker.pid}`, 'does the work: asks Temporal what is next, calls OVHcloud'],
    ]),
  );
}

function tellWhatHeld({ checks, paint, say }: Stage, tookMs: number): void {
  say(`\n${paint('bold', 'What this proved, each line compared with what the simulator holds:')}\n`);
  for (const { claim, held, instead } of checks.all)
    say(held ? `  ${paint('green', '✓')} ${claim}` : `  ${paint('red', '✗')} ${claim}: ${instead}`);
  say(`\nDone in ${showDuration(tookMs)}.`);
  if (!checks.held) throw new CliError(1, 'not everything held; the lines marked ✗ say what was found');
}

async function lookAround({ stack, say }: Stage, ended: Promise<void>): Promise<void> {
  const { server, endpoint } = stack;
  say(`\nEverything is still running: look around at ${server.uiUrl} and ${new URL(endpoint).origin}`);
  say(`  export TEMPORAL_ADDRESS=${server.address} MOORING_UI=${server.uiUrl}`);
  say('Ctrl-C stops everything and leaves nothing behind.');
  await ended;
}
