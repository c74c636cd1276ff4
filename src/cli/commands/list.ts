import type { Command } from 'commander';
import type { ListInput } from '../../contract/index.ts';
import { parseList } from '../../contract/schemas/requests.ts';
import { act } from '../act.ts';
import { UsageError } from '../cli-error.ts';
import { formatOf, withOutputOptions, type OutputOptions } from '../command-options.ts';
import { withMooring } from '../connect.ts';
import { parseDuration } from '../duration.ts';
import { printResult } from '../output.ts';
import { listResult } from '../show-node.ts';

/** `mooring list`: every node of a project, as OVH knows them. */
export function listCommand(program: Command): void {
  const command = program
    .command('list')
    .alias('ls')
    .description('every node of a project, as OVH knows them')
    .option('--project <alias>', 'OVH project, by the alias that workers know (default "main")')
    .option('--region <region>', 'only this region')
    .option('--timeout <duration>', 'stop waiting after', parseDuration, parseDuration('1m'));
  withOutputOptions(command).action(
    act(async ({ timeout, ...options }: ListInput & OutputOptions & { timeout: number }) => {
      const input = checked({ project: options.project, region: options.region });
      const { nodes } = await withMooring(async (mooring) => {
        await mooring.requireWorker();
        const run = await mooring.start('listNodes', input);
        return run.result({ timeoutMs: timeout });
      });
      printResult(formatOf(options), listResult(nodes));
    }),
  );
}

function checked(input: ListInput): ListInput {
  try {
    return parseList(input);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
