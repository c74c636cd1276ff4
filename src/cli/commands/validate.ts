import type { Command } from 'commander';
import { nodeWorkflowId } from '../../contract/index.ts';
import { act } from '../act.ts';
import { formatOf, withOutputOptions, type OutputOptions } from '../command-options.ts';
import { printResult } from '../output.ts';
import { checkSpec, readSpec, withSpecOptions, type SpecOptions } from '../read-spec.ts';

/** `mooring validate`: checks a spec without asking anybody, and says everything that is wrong. */
export function validateCommand(program: Command): void {
  const command = program
    .command('validate')
    .description('check a spec without asking anybody; -o yaml prints it with every default')
    .argument('[name]', 'name of the node; default: the name in the spec');
  withOutputOptions(withSpecOptions(command)).action(
    act(async (name: string | undefined, options: SpecOptions & OutputOptions) => {
      const spec = checkSpec(await readSpec(name, options));
      const id = nodeWorkflowId(spec);
      printResult(formatOf(options), { value: spec, table: `${id}: valid`, names: [id] });
    }),
  );
}
