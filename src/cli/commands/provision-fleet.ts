import type { Command } from 'commander';
import type { Mooring } from '../../client/index.ts';
import { fleetWorkflowId, type FleetSpec } from '../../contract/index.ts';
import { act } from '../act.ts';
import { callersTrace } from '../callers-trace.ts';
import { formatOf, withWaitOptions, type WaitOptions } from '../command-options.ts';
import { withMooring } from '../connect.ts';
import { printResult } from '../output.ts';
import { parseCount } from '../parse-count.ts';
import { checkFleetSpec, readObject, setPaths } from '../read-spec.ts';
import { fleetResult } from '../show-node.ts';
import { printStarted } from '../show-run.ts';
import { watchRun } from '../watch-run.ts';

interface FleetOptions extends WaitOptions {
  file?: string;
  set: string[];
  project?: string;
  count?: number;
}

/** `mooring provision-fleet`: many nodes of one kind, enough of them or none. */
export default function provisionFleetCommand(program: Command): void {
  const command = program
    .command('provision-fleet')
    .description('make many nodes of one kind: name-001, name-002 and so on')
    .argument('[name]', 'name of the fleet; default: the name in the spec')
    .option('-f, --file <path>', 'FleetSpec as YAML or JSON; "-" reads standard input')
    .option(
      '--set <path=value>',
      'set one field, such as node.flavor=b3-8 (repeatable)',
      (value, before: string[]) => [...before, value],
      [],
    )
    .option('--project <alias>', 'OVH project, by the alias that workers know')
    .option('--count <number>', 'how many nodes', parseCount);
  withWaitOptions(command).action(
    act(async (name: string | undefined, options: FleetOptions) => {
      const spec = await readFleetSpec(name, options);
      await withMooring((mooring) => provisionFleet(mooring, spec, options));
    }),
  );
}

/** Checked before anybody is asked. @throws OperationFailed `InvalidSpec` */
async function readFleetSpec(name: string | undefined, options: FleetOptions): Promise<FleetSpec> {
  const { file, set, project, count } = options;
  const spec = file === undefined ? {} : await readObject(file);
  Object.assign(spec, name !== undefined && { name }, project !== undefined && { project });
  if (count !== undefined) spec['count'] = count;
  await setPaths(spec, set);
  await checkFleetSpec(spec);
  // It is one, as was checked; it is sent as it was written.
  return spec as unknown as FleetSpec;
}

async function provisionFleet(mooring: Mooring, spec: FleetSpec, options: WaitOptions): Promise<void> {
  if (!options.detach) await mooring.requireWorker();
  const run = await mooring.start('provisionFleet', spec, callersTrace());
  if (options.detach) return printStarted(run, options);
  const result = await watchRun(mooring, run, {
    ...options,
    act: `provisioning of ${fleetWorkflowId(spec)}`,
  });
  await printResult(formatOf(options), fleetResult(result, run.workflowId));
}
