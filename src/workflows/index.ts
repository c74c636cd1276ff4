import type { Stories } from '../contract/index.ts';
// oxlint-disable-next-line import/no-self-import -- by type only: what is exported below must be complete
import type * as stories from './index.ts';

/* Every export is a workflow type. */
export { deployNode } from './deploy-node.ts';
export { destroyFleet } from './destroy-fleet.ts';
export { destroyNode } from './destroy-node.ts';
export { inspectNode } from './inspect-node.ts';
export { listNodes } from './list-nodes.ts';
export { reap } from './reap.ts';
export { reapNode } from './reap-node.ts';
export { provisionFleet } from './provision-fleet.ts';
export { provisionNodeWithVolume } from './provision-node-with-volume.ts';

/* A type without its story, one whose story takes or answers something else, and a story of no type do not compile. */
type Complete<_Every extends Stories, _NoOther extends keyof Stories> = true;
export type AllAreTold = Complete<typeof stories, keyof typeof stories>;
