/* Every export is a workflow type. */
export { destroyFleet } from './destroy-fleet.ts';
export { destroyNode } from './destroy-node.ts';
export { inspectNode } from './inspect-node.ts';
export { listNodes } from './list-nodes.ts';
export { reap } from './reap.ts';
export { reapNode } from './reap-node.ts';
export { provisionFleet } from './provision-fleet.ts';
export { provisionNodeWithVolume } from './provision-node-with-volume.ts';
