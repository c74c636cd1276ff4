import { z } from 'zod';
import { listOrEmpty } from './lenient.ts';

/** A network interface of an instance. */
export const networkInterface = z.object({
  id: z.string().min(1),
  networkId: z.string(),
  macAddress: z.string(),
  /** `ACTIVE`, `DOWN`, … */
  state: z.string(),
  /** `public` or `private`. */
  type: z.string(),
  fixedIps: listOrEmpty(z.object({ ip: z.string(), subnetId: z.string() })),
});

export type NetworkInterface = z.infer<typeof networkInterface>;
