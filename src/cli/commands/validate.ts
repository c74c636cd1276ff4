import type { Command } from 'commander';
import { fleetWorkflowId, nodeWorkflowId } from '../../contract/index.ts';
import { act } from '../act.ts';
import { formatOf, withOutputOptions, type OutputOptions } from '../command-options.ts';
import { printResult, type Result } from '../output.ts';
import {
  checkFleetSpec,
  checkSpec,
  isFleetSpec,
  readSpec,
  withSpecOptions,
  type SpecOptions,
} from '../read-spec.ts';

/** `mooring validate`: checks the spec of a node or a fleet without asking anybody, and says everything that is wrong. */
export default function validateCommand(program: Command): void {
  const command = program
    .command('validate')
    .description(
      'check the spec of a node or a fleet without asking anybody; -o yaml prints it with every default',
    )
    .argument('[name]', 'name of the node or fleet; default: the name in the spec');
  withOutputOptions(withSpecOptions(command)).action(
    act(async (name: string | undefined, options: SpecOptions & OutputOptions) => {
      await printResult(formatOf(options), await checked(await readSpec(name, options)));
    }),
  );
}

async function checked(spec: Record<string, unknown>): Promise<Result> {
  if (!isFleetSpec(spec)) {
    const node = await checkSpec(spec);
    const id = nodeWorkflowId(node);
    return { value: node, table: `${id}: valid`, names: [id] };
  }
  const fleet = await checkFleetSpec(spec);
  const id = fleetWorkflowId({ project: fleet.project, name: fleet.name });
  return { value: fleet, table: `${id}: valid, ${fleet.count} nodes`, names: [id] };
}
