import { z } from 'zod';
import { textOrEmpty } from './lenient.ts';

export const volumeBackup = z.object({
  id: z.string().min(1),
  name: textOrEmpty,
  region: z.string(),
  /** GiB. */
  size: z.number(),
  /** `creating`, `ok`, `restoring`, `deleting`, `error`. */
  status: z.string(),
  volumeId: z.string(),
  /** ISO 8601. */
  creationDate: z.string(),
});

export type VolumeBackup = z.infer<typeof volumeBackup>;
