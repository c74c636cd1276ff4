import { z } from 'zod';
import { textOrEmpty } from './lenient.ts';

export const volumeSnapshot = z.object({
  id: z.string().min(1),
  name: textOrEmpty,
  description: textOrEmpty,
  region: z.string(),
  /** GiB, of the volume that it was taken of. */
  size: z.number(),
  /** `creating`, `available`, `deleting`, `error`, … */
  status: z.string(),
  volumeId: z.string(),
  /** ISO 8601. */
  creationDate: z.string(),
});

export type VolumeSnapshot = z.infer<typeof volumeSnapshot>;
