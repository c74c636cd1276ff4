import { z } from 'zod';
import { listOrEmpty } from './lenient.ts';

export const region = z.object({
  name: z.string(),
  /** `region`, `localzone`, `region-3-az`. */
  type: z.string(),
  /** `UP`, `DOWN`, `MAINTENANCE`. */
  status: z.string(),
  continentCode: z.string(),
  datacenterLocation: z.string(),
  /** Several in a `region-3-az`. */
  availabilityZones: listOrEmpty(z.string()),
  services: z.array(z.object({ name: z.string(), status: z.string() })),
});

export type Region = z.infer<typeof region>;

export const availableRegion = z.object({ name: z.string(), type: z.string(), continentCode: z.string() });

export type AvailableRegion = z.infer<typeof availableRegion>;
