import type { ListInput, ListResult } from '../contract/index.ts';
import { observe } from './patience.ts';

/** Every node of a project: what OVH lists, less what does not verify. There is no other inventory. */
export async function listNodes(input: ListInput = {}): Promise<ListResult> {
  return observe.listNodes(input);
}
