import { z } from 'zod';
import { orNull } from './lenient.ts';

export const sshKey = z.object({
  id: z.string(),
  name: z.string(),
  publicKey: z.string(),
  /** Where instances can be created with it. */
  regions: z.array(z.string()),
  /** Null in lists. */
  fingerPrint: orNull(z.string()),
});

export type SshKey = z.infer<typeof sshKey>;
