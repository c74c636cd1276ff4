import { isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';
import type { FirstLooks } from '../../activities/project.ts';
import { durationMs } from '../../contract/index.ts';
import { oneSentence } from '../../contract/schemas/sentences.ts';
import { ConfigError } from './config-error.ts';

const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
const A_SHARE = 'must be a number from 0 to 1';

/** What a variable may hold, and what it means. */
export const setting = {
  taskQueue: z.string().regex(/^[\w.-]{1,100}$/, 'must be 1 to 100 letters, digits, ., _ and -'),
  owner: z.string().regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 letters, digits, ., _ and -'),
  settle: z
    .string()
    .regex(/^\d{1,4}[sm]$/, 'must be a duration such as "60s" or "2m"')
    .transform(durationMs),
  // Temporal joins the two with a dot or a colon.
  deployment: z.string().regex(/^[\w-]{1,100}$/, 'must be 1 to 100 letters, digits, _ and -'),
  buildId: z.string().regex(/^[\w.+-]{1,100}$/, 'must be 1 to 100 letters, digits, ., _, + and -'),
  address: z.string().refine(isAddress, 'must be an IP address and a port such as "127.0.0.1:9464"'),
  logLevel: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`),
  variables: z
    .string()
    .regex(/^[A-Za-z_]\w*(,[A-Za-z_]\w*)*$/, 'must be names of variables with commas between')
    .transform((names) => names.split(',')),
  subsidiary: z.string().regex(/^[A-Z]{2,5}$/, 'must be an OVH subsidiary such as FR, CA or US'),
  readable: z.enum(['allow', 'refuse'], 'must be "allow" or "refuse"'),
  firstLooks: z
    .string()
    .regex(
      /^(instance|volume|attach)=\d{1,5}(ms|s|m)(,(instance|volume|attach)=\d{1,5}(ms|s|m))*$/,
      'must be durations such as "instance=20s,volume=5s,attach=3s"',
    )
    .transform(firstLooksOf),
  sampler: z.enum(SAMPLERS, `must be one of ${SAMPLERS.join(', ')}`),
  ratio: z.coerce.number(A_SHARE).min(0, A_SHARE).max(1, A_SHARE),
  rate: z.coerce.number().positive('must be a number of requests per second above 0'),
};

export function checked<T>(env: NodeJS.ProcessEnv, variable: string, schema: z.ZodType<T>): T | undefined {
  const value = env[variable];
  if (value === undefined || value === '') return undefined;
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new ConfigError(oneSentence(parsed.error, variable));
  return parsed.data;
}

/** Whose nodes, where it is said. */
export function ownerIn(env: NodeJS.ProcessEnv): string | undefined {
  return checked(env, 'MOORING_OWNER', setting.owner);
}

/** `127.0.0.1:9464`, `[::1]:9464`. */
function isAddress(text: string): boolean {
  const [, v6, v4, port] = /^(?:\[(.+)\]|([\d.]+)):(\d{1,5})$/.exec(text) ?? [];
  return (v6 === undefined ? isIPv4(v4 ?? '') : isIPv6(v6)) && Number(port) <= 65_535;
}

function firstLooksOf(text: string): Partial<FirstLooks> {
  const looks = text.split(',').map((look) => look.split('='));
  const ms = (after: string) => (after.endsWith('ms') ? Number.parseInt(after, 10) : durationMs(after));
  return Object.fromEntries(looks.map(([what, after = '']) => [what, ms(after)]));
}
