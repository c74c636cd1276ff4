import { InvalidArgumentError, type Command } from 'commander';
import { act } from '../act.ts';
import { formatOf, withOutputOptions, type OutputOptions } from '../command-options.ts';
import { printResult } from '../output.ts';
import { withSignOfLife } from '../sign-of-life.ts';
import { textTable } from '../text-table.ts';

const signs = { ok: '✓', off: '-', warning: '!', failed: '✗' };

/** `mooring doctor`: whether everything that a provisioning needs is there; a line each, and what to do. */
export default function doctorCommand(program: Command): void {
  const command = program
    .command('doctor')
    .description('looks at OVH, Temporal, workers, rights, clocks and what watches them, and says what to do')
    .option('--prometheus <url>', 'also whether this Prometheus has the alerts', parseUrl);
  withOutputOptions(command).action(
    act(async (options: OutputOptions & { prometheus?: string }) => {
      const { examine } = await import('../doctor/examine.ts');
      const findings = await withSignOfLife('looking', options, () => examine(options));
      // The first that failed is the one to mend first.
      process.exitCode = findings.find(({ state }) => state === 'failed')?.exitCode ?? 0;
      await printResult(formatOf(options), {
        value: { findings },
        table: textTable(
          findings.map(({ state, check, says, todo }) => [
            `${signs[state]} ${check}`,
            todo === null ? says : `${says}; ${todo}`,
          ]),
        ),
        names: findings.filter(({ state }) => state === 'failed').map(({ check }) => check),
        lines: findings,
      });
    }),
  );
}

function parseUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new InvalidArgumentError('It must be a URL such as http://127.0.0.1:9090.');
}
