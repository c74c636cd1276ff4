import type { InspectResult, NodeSpec, Ref } from '../contract/index.ts';
import { orFailureOfRun } from './engine/as-failure-of-run.ts';
import { observe } from './engine/proxies.ts';
import { refuseNoRequest } from './engine/request.ts';

/** What a node is now and, given a spec, where it differs. Reads only, so it takes no lock. */
export async function inspectNode(input: Ref | NodeSpec): Promise<InspectResult> {
  refuseNoRequest(input);
  return orFailureOfRun(() => observe.inspect(input));
}
