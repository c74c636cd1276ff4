import { workflowInfo } from '@temporalio/workflow';
import type { DeployInput, DeployResult } from '../contract/index.ts';
import { inGuest, SSH } from './engine/in-guest.ts';
import { onNode } from './engine/on-node.ts';
import { textsOf } from './engine/texts-of.ts';

/**
 * Runs steps in a node that stands, each at most once. One that ran before is `already`. The node is never rolled back, and a
 * step that has begun cannot be taken back: a failure says which were done.
 */
export async function deployNode(input: DeployInput): Promise<DeployResult> {
  return onNode('deployNode', input, async (node) => {
    const { steps, as, again } = node.request;
    const { guest: plan, instance, node: stands } = node.plan;
    const texts = textsOf(input.steps);
    const done = await inGuest(node, {
      ...{ plan, instance, login: null, ready: SSH, patience: '30m' },
      ...{ as, steps, texts, again },
    });
    const { hostKey, deploy } = done;
    const ssh = stands.ssh && { ...stands.ssh, ...(hostKey !== null && { hostKeys: [hostKey] }) };
    const { workflowId, runId } = workflowInfo();
    const run = { workflowId, runId };
    return { node: { ...stands, ssh, deploy, timing: node.timing(), run }, steps: deploy };
  });
}
