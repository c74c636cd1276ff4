import type { Command } from 'commander';
import type { Mooring, Run } from '../../client/index.ts';
import { nodeWorkflowId, type Node, type NodeSpec } from '../../contract/index.ts';
import { act } from '../act.ts';
import { callersTrace } from '../callers-trace.ts';
import { formatOf, withWaitOptions, type WaitOptions } from '../command-options.ts';
import { withMooring } from '../connect.ts';
import { printResult } from '../output.ts';
import { checkSpec, readSpec, withSpecOptions, type SpecOptions } from '../read-spec.ts';
import { printStarted } from '../show-run.ts';
import { nodeResult } from '../show-node.ts';
import { watchRun } from '../watch-run.ts';

/** `mooring provision`: makes the node that the spec asks for, or finds that it is there. */
export default function provisionCommand(program: Command): void {
  const command = program
    .command('provision')
    .description('make the node that a spec asks for, with its volumes attached')
    .argument('[name]', 'name of the node; default: the name in the spec');
  withWaitOptions(withSpecOptions(command)).action(
    act(async (name: string | undefined, options: SpecOptions & WaitOptions) => {
      // Checked first: a bad spec is told without a server.
      const spec = await checkSpec(await readSpec(name, options));
      await withMooring((mooring) => provision(mooring, spec, options));
    }),
  );
}

async function provision(mooring: Mooring, spec: NodeSpec, options: WaitOptions): Promise<void> {
  if (!options.detach) await mooring.requireWorker();
  const run: Run<Node> = await mooring.start('provisionNodeWithVolume', spec, callersTrace());
  if (options.detach) return printStarted(run, options);
  const node = await watchRun(mooring, run, { ...options, act: `provisioning of ${nodeWorkflowId(spec)}` });
  await printResult(formatOf(options), nodeResult(node));
}
