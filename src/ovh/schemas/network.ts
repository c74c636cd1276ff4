import { z } from 'zod';
import { orNull } from './lenient.ts';

/** Which of OVH's two lists it stands in; the answer itself does not always say. */
export type NetworkVisibility = 'private' | 'public';

export const network = z.object({
  /** `pn-<number>_<vlan>` for a private one. */
  id: z.string(),
  name: z.string(),
  vlanId: orNull(z.number()),
  regions: z.array(
    z.object({
      region: z.string(),
      /** `ACTIVE`, `BUILDING`. */
      status: z.string(),
      /** What an instance's `networks[].networkId` wants; null while the network is built. */
      openstackId: orNull(z.string()),
    }),
  ),
});

export interface Network extends z.infer<typeof network> {
  visibility: NetworkVisibility;
}
