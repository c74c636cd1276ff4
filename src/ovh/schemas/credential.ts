import { z } from 'zod';
import { orNull } from './lenient.ts';

/** What the consumer key in use is, and may do. */
export const credential = z.object({
  credentialId: z.number(),
  applicationId: z.number(),
  /** `validated`, `pendingValidation`, `refused`, `expired`. */
  status: z.string(),
  /** ISO 8601; null: never. */
  expiration: orNull(z.string()),
  /** `path` may hold `*`. */
  rules: z.array(z.object({ method: z.string(), path: z.string() })),
  /** Null: from anywhere. */
  allowedIPs: orNull(z.array(z.string())),
});

export type Credential = z.infer<typeof credential>;
