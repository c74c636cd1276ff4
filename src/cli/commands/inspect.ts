import type { Command } from 'commander';
import type { InspectResult, NodeSpec, Ref } from '../../contract/index.ts';
import { nodeWorkflowId } from '../../contract/index.ts';
import { act } from '../act.ts';
import { formatOf, withOutputOptions, type OutputOptions } from '../command-options.ts';
import { withMooring } from '../connect.ts';
import { durationOption } from '../duration.ts';
import { refIn } from '../node-argument.ts';
import { printResult, type Result } from '../output.ts';
import { checkSpec, readSpec, withSpecOptions, type SpecOptions } from '../read-spec.ts';
import { nodeResult } from '../show-node.ts';
import { textTable } from '../text-table.ts';

type InspectOptions = SpecOptions & OutputOptions & { timeout: number };

/** `mooring inspect`: what a node is at OVH now and, given a spec, where it differs. Reads only. */
export default function inspectCommand(program: Command): void {
  const command = program
    .command('inspect')
    .description('what a node is at OVH now and, given a spec, where it differs (exit code 3)')
    .argument('[node]', 'name of the node, or its workflow id such as node.main.GRA11.web-1')
    .addOption(durationOption('--timeout <duration>', 'stop waiting after', '1m'));
  withOutputOptions(withSpecOptions(command)).action(
    act(async (node: string | undefined, options: InspectOptions) => {
      const asked = await whatIsAsked(node, options);
      const result = await withMooring(async (mooring) => {
        await mooring.requireWorker();
        const run = await mooring.start('inspectNode', asked);
        return run.result({ timeoutMs: options.timeout });
      });
      await printResult(formatOf(options), inspection(result, nodeWorkflowId(asked)));
      if (result.differences.length > 0) process.exitCode = 3;
    }),
  );
}

/** What says more than which node is a spec to compare with, and has to be a whole one. */
async function whatIsAsked(node: string | undefined, options: InspectOptions): Promise<NodeSpec | Ref> {
  const spec = await readSpec(node, options);
  const { apiVersion: _version, project: _project, region: _region, name: _name, ...more } = spec;
  return Object.keys(more).length > 0 ? checkSpec(spec) : refIn(spec);
}

function inspection({ node, differences }: InspectResult, workflowId: string): Result {
  const differing = differences.map(({ field, wanted, actual }) => [field, wanted, actual]);
  const table = [node ? nodeResult(node).table : `${workflowId}: no instance at OVH`];
  if (differing.length > 0) table.push('', textTable([['DIFFERS', 'WANTED', 'ACTUAL'], ...differing]));
  return { value: { node, differences }, table: table.join('\n'), names: [workflowId] };
}
