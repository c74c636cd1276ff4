import { z } from 'zod';
import { listOrEmpty, orNull } from './lenient.ts';

export const subnet = z
  .object({
    id: z.string().min(1),
    cidr: z.string(),
    gatewayIp: orNull(z.string()),
    dhcpEnabled: z.boolean(),
    ipPools: listOrEmpty(z.object({ region: z.string(), start: z.string(), end: z.string() })),
  })
  .transform((rest) => ({ ...rest, regions: rest.ipPools.map(({ region }) => region) }));

export type Subnet = z.infer<typeof subnet>;
