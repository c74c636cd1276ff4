import type { Command } from 'commander';
import { fleetFromWorkflowId, type CompleteRef, type FleetRef } from '../contract/index.ts';
import { orUsageError, UsageError } from './cli-error.ts';
import { readSpec } from './read-spec.ts';

export interface NodeOptions {
  file?: string;
  project?: string;
  region?: string;
}

/** Adds what names a node: its name and region, its workflow id, or a spec file. */
export function withNodeArgument(command: Command): Command {
  return command
    .argument('[node]', 'name of the node, or its workflow id such as node.main.GRA11.web-1')
    .option('-f, --file <path>', 'take name, region and project from this NodeSpec; "-" reads standard input')
    .option('--project <alias>', 'OVH project, by the alias that workers know (default "main")')
    .option('--region <region>', 'OVH region, such as GRA11');
}

/** @throws UsageError when it names no node, in a sentence that says how to. */
export async function nodeOf(node: string | undefined, options: NodeOptions): Promise<CompleteRef> {
  if (node === undefined && options.file === undefined)
    throw new UsageError('name the node: `web-1 --region GRA11`, `node.main.GRA11.web-1`, or a spec with -f');
  return refIn(await readSpec(node, options));
}

/** As `nodeOf`; also a fleet, by its workflow id. @throws UsageError */
export async function nodeOrFleetOf(
  operand: string | undefined,
  options: NodeOptions,
): Promise<CompleteRef | FleetRef> {
  return fleetFromWorkflowId(operand ?? '') ?? nodeOf(operand, options);
}

/** The node that a spec names. @throws UsageError */
export async function refIn({ name, region, project }: Record<string, unknown>): Promise<CompleteRef> {
  if (region === undefined) throw new UsageError('name the region with --region, such as --region GRA11');
  const { parseRef } = await import('../contract/schemas/requests.ts');
  return orUsageError(() => parseRef({ name, region, project }));
}
