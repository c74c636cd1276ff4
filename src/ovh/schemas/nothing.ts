import { z } from 'zod';

/** The answer of a void call: `null` or nothing (any JSON passes, a page of HTML does not). */
export const nothing = z.unknown().transform((): void => undefined);
