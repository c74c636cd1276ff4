import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { requirePackages } from '../../entries/needs.ts';
import { act } from '../act.ts';
import { CliError } from '../cli-error.ts';
import type { Show } from '../demo/play.ts';
import { interrupted } from '../interrupted.ts';
import { standardOutput } from '../standard-output.ts';

type DemoOptions = Pick<Show, 'keep' | 'color'>;

/** `mooring demo`: provisions, breaks what can break, and ends by itself with what it proved. */
export default function demoCommand(program: Command): void {
  program
    .command('demo')
    .description('see it work, and see it survive: everything on this machine, in under two minutes')
    .option(
      '--keep',
      'leave everything running at the end, until Ctrl-C: with Temporal’s UI, and without machines that run scripts',
    )
    .option('--no-color', 'no colour (as NO_COLOR)')
    .action(
      act(async (options: DemoOptions) => {
        requirePackages('mooring demo', 'worker', 'simulator');
        // Loading takes a while: whoever waits is told what for.
        standardOutput.write('Starting Temporal, a simulated OVHcloud and a worker on this machine …\n');
        const { play } = await import('../demo/play.ts');
        const dataDir = await mkdtemp(join(tmpdir(), 'mooring-demo-'));
        // However it ends, also when whoever reads its output goes away.
        process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }));
        const ended = interrupted();
        const show: Show = { ...options, dataDir, ended, isOver: false };
        const stopped = ended.then(() => {
          if (!show.isOver) throw new CliError(130, 'the demo was stopped, and everything with it');
        });
        try {
          await Promise.race([play(show), stopped]);
        } finally {
          await show.stack?.stop();
        }
      }),
    );
}
