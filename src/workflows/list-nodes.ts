import type { ListInput, ListResult } from '../contract/index.ts';
import { orFailureOfRun } from './engine/as-failure-of-run.ts';
import { observe } from './engine/proxies.ts';
import { refuseNoRequest } from './engine/request.ts';

/** Every node of a project: what OVH lists, less what does not verify. There is no other inventory. */
export async function listNodes(input: ListInput = {}): Promise<ListResult> {
  refuseNoRequest(input);
  return orFailureOfRun(() => observe.listNodes(input));
}
