import type { InspectResult, NodeSpec, Ref } from '../contract/index.ts';
import { observe } from './patience.ts';

/** What a node is now and, given a spec, where it differs. Reads only, so it takes no lock. */
export async function inspectNode(input: Ref | NodeSpec): Promise<InspectResult> {
  return observe.inspect(input);
}
