import type { Command } from 'commander';
import type { ListInput } from '../../contract/index.ts';
import { act } from '../act.ts';
import { orUsageError } from '../cli-error.ts';
import { formatOf, withOutputOptions, type OutputOptions } from '../command-options.ts';
import { withMooring } from '../connect.ts';
import { durationOption } from '../duration.ts';
import { printResult } from '../output.ts';
import { listResult } from '../show-node.ts';

/** `mooring list`: every node of a project, as OVH knows them. */
export default function listCommand(program: Command): void {
  const command = program
    .command('list')
    .alias('ls')
    .description('every node of a project, as OVH knows them')
    .option('--project <alias>', 'OVH project, by the alias that workers know (default "main")')
    .option('--region <region>', 'only this region')
    .addOption(durationOption('--timeout <duration>', 'stop waiting after', '1m'));
  withOutputOptions(command).action(
    act(async ({ timeout, ...options }: ListInput & OutputOptions & { timeout: number }) => {
      const input = await checked({ project: options.project, region: options.region });
      const { nodes } = await withMooring(async (mooring) => {
        await mooring.requireWorker();
        const run = await mooring.start('listNodes', input);
        return run.result({ timeoutMs: timeout });
      });
      await printResult(formatOf(options), listResult(nodes));
    }),
  );
}

async function checked(input: ListInput): Promise<ListInput> {
  const { parseList } = await import('../../contract/schemas/requests.ts');
  return orUsageError(() => parseList(input));
}
