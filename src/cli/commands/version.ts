import { createRequire } from 'node:module';
import type { Command } from 'commander';
import { act } from '../act.ts';
import { formatOf, withOutputOptions, type OutputOptions } from '../command-options.ts';
import { STREAM_VERSION } from '../events.ts';
import { printResult } from '../output.ts';
import { textTable } from '../text-table.ts';
import { MOORING_VERSION } from '../../worker/version.ts';

/** `mooring version`: ours, and what it stands on. */
export default function versionCommand(program: Command): void {
  const command = program.command('version').description('versions of Mooring and of what it stands on');
  withOutputOptions(command).action(
    act(async (options: OutputOptions) => {
      const { version: temporal }: { version: string } = createRequire(import.meta.url)(
        '@temporalio/client/package.json',
      );
      const versions = {
        mooring: MOORING_VERSION,
        stream: STREAM_VERSION,
        temporal,
        node: process.versions.node,
      };
      await printResult(formatOf(options), {
        value: versions,
        table: textTable(Object.entries(versions)),
        names: [MOORING_VERSION],
      });
    }),
  );
}
