import { z } from 'zod';

export const duration = z
  .string()
  .regex(/^[1-9]\d{0,5}[smh]$/, 'must be a duration such as "90s", "60m" or "2h"');
