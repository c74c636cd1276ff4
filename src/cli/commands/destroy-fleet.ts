import { Option, type Command } from 'commander';
import { OperationFailed } from '../../client/errors.ts';
import type { Mooring } from '../../client/index.ts';
import { fleetFromWorkflowId, fleetWorkflowId, type DestroyFleetInput } from '../../contract/index.ts';
import { messageOf } from '../../contract/unknown.ts';
import { act } from '../act.ts';
import { callersTrace } from '../callers-trace.ts';
import { isInteractive, mustAgree } from '../ask.ts';
import { UsageError } from '../cli-error.ts';
import { formatOf, withWaitOptions, type WaitOptions } from '../command-options.ts';
import { withMooring } from '../connect.ts';
import { printResult } from '../output.ts';
import { parseCount } from '../parse-count.ts';
import { refuseContradiction } from '../read-spec.ts';
import { fleetResult } from '../show-node.ts';
import { printStarted } from '../show-run.ts';
import { watchRun } from '../watch-run.ts';

type DestroyFleetOptions = WaitOptions & Omit<DestroyFleetInput, 'name'> & { yes?: boolean };

/** `mooring destroy-fleet`: deletes the nodes of a fleet, all or those beyond a number. */
export default function destroyFleetCommand(program: Command): void {
  const command = program
    .command('destroy-fleet')
    .description('delete the nodes of a fleet, all of them or those beyond a number')
    .argument('<fleet>', 'name of the fleet, or its workflow id such as fleet.main.web')
    .option('--project <alias>', 'OVH project, by the alias that workers know (default "main")')
    .option('--region <region>', 'only the nodes of this region')
    .option('--beyond <number>', 'only the nodes with a number above this one', parseCount);
  withWaitOptions(command)
    .addOption(
      new Option('--volumes <what>', 'data volumes: as each volume says of itself, all, or none')
        .choices(['spec', 'delete', 'keep'])
        .default('spec'),
    )
    .addOption(
      new Option('--if-busy <what>', 'what to do about operations that run')
        .choices(['cancel', 'wait', 'fail'])
        .default('cancel'),
    )
    .option('-y, --yes', 'do not ask')
    .action(
      act(async (fleet: string, options: DestroyFleetOptions) => {
        const request = await requestOf(fleet, options);
        if (!options.yes) await askFirst(request);
        await withMooring((mooring) => destroyFleet(mooring, request, options));
      }),
    );
}

async function requestOf(operand: string, options: DestroyFleetOptions): Promise<DestroyFleetInput> {
  const { project, region, beyond, volumes, ifBusy } = options;
  const named = fleetFromWorkflowId(operand);
  if (named) refuseContradiction(operand, named, { project });
  const which = { project: named?.project ?? project, name: named?.fleet ?? operand, region, beyond };
  const { parseDestroyFleet } = await import('../../contract/schemas/fleet.ts');
  try {
    return parseDestroyFleet({ ...which, volumes, ifBusy });
  } catch (error) {
    throw new OperationFailed('InvalidSpec', messageOf(error));
  }
}

async function askFirst(request: DestroyFleetInput): Promise<void> {
  if (!isInteractive())
    throw new UsageError('destroy-fleet asks before it deletes; without a terminal say --yes');
  const { region, beyond } = request;
  const which = [
    beyond === undefined ? 'all its nodes' : `its nodes beyond number ${beyond}`,
    ...(region === undefined ? [] : [`in ${region}`]),
  ];
  await mustAgree(`Delete of ${fleetWorkflowId(request)} ${which.join(' ')}?`);
}

async function destroyFleet(
  mooring: Mooring,
  request: DestroyFleetInput,
  options: WaitOptions,
): Promise<void> {
  if (!options.detach) await mooring.requireWorker();
  const run = await mooring.start('destroyFleet', request, callersTrace());
  if (options.detach) return printStarted(run, options);
  const act = `destroying of ${fleetWorkflowId(request)}`;
  const result = await watchRun(mooring, run, { ...options, act });
  await printResult(formatOf(options), fleetResult(result, fleetWorkflowId(request)));
}
