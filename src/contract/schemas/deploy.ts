import { z } from 'zod';
import type { CompleteStep, EnvValue, ReadyUntil } from '../guest.ts';
import { duration } from './duration.ts';
import { unknownKeys } from './sentences.ts';

/** More belongs into a file of the worker: requests are in Temporal's history, whose events end at 2 MiB. */
const MAX_INLINE = 64 * 1024;
const MAX_ALL = 512 * 1024;
const MAX_STEPS = 20;
const MAX_TEXT = 255;

const line = (most: number) =>
  z
    .string()
    .max(most, `must have at most ${most} characters`)
    .regex(/^[^\0]*$/, 'must not hold a NUL character');
const inline = z
  .string()
  .max(MAX_INLINE, 'must have at most 64 KiB; let the worker read more from a file')
  .refine((text) => Buffer.byteLength(text) <= MAX_INLINE, 'must have at most 64 KiB; let the worker read more from a file')
  .nullable()
  .optional();
/** What the worker reads: a file of a folder that it allows. */
const fromFile = z
  .string()
  .max(MAX_TEXT, `must have at most ${MAX_TEXT} characters`)
  .regex(/^file:[^/\\][^\\]*$/, 'must be such as "file:setup.sh", below the folder of MOORING_DEPLOY_DIR')
  .nullable()
  .optional();
const fromAnywhere = z
  .string()
  .max(MAX_TEXT, `must have at most ${MAX_TEXT} characters`)
  .regex(/^(file:[^/\\][^\\]*|env:[A-Za-z_][A-Za-z0-9_]*)$/, 'must be such as "env:DB_PASSWORD" or "file:password"');

/** `ssh-ed25519 AAAA… comment`. */
const PUBLIC_LINE = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]{16,}={0,2}( [^\r\n\0]*)?$/;
const publicLine = z.string().max(4096, 'must have at most 4096 characters');
const SECURITY_KEY = /^(sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]{16,}={0,2}( [^\r\n\0]*)?$/;

const envValue: z.ZodType<EnvValue, EnvValue> = z.union(
  [line(32_768), z.strictObject({ from: fromAnywhere })],
  { error: 'must be a text, or {"from": "env:NAME"} or {"from": "file:name"} of the worker' },
);
const env = z
  .record(
    z.string().max(MAX_TEXT).regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
    envValue,
    { error: ({ code }) => (code === 'invalid_key' ? 'is no name for a variable: it must be letters, digits and _' : undefined) },
  )
  .refine((all) => Object.keys(all).length <= 100, 'must be at most 100');

const KINDS = 'exactly one of script, scriptFrom, file and authorizedKey';

const step = z
  .strictObject(
    {
      name: z
        .string('is missing: every step needs a name, such as "setup"')
        .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/, 'must be 1 to 40 letters, digits, ., _ and -')
        .describe('Unique among the steps'),
      script: inline.describe('The text of a script, at most 64 KiB'),
      scriptFrom: fromFile.describe('Instead of script: read by the worker, which must allow it'),
      args: z.array(line(4096)).max(100, 'must be at most 100').nullable().optional(),
      env: env.optional().describe('Of a script; {"from": …} is read by the worker, and is in no history'),
      timeout: duration.optional().describe('How long a script may run, 10m by default'),
      output: z.enum(['tail', 'none'], { error: 'must be "tail" or "none"' }).optional(),
      file: z
        .string()
        .max(4096, 'must have at most 4096 characters')
        .regex(/^\/[^\0]*[^/\0]$/, 'must be the whole path of a file in the guest, such as "/etc/app.conf"')
        .optional(),
      content: inline.describe('Of a file, at most 64 KiB'),
      contentFrom: fromFile.describe('Instead of content: read by the worker, which must allow it'),
      mode: z
        .string()
        .regex(/^[0-7]{3,4}$/, 'must be three or four octal digits, such as "0644"')
        .optional(),
      owner: z
        .string()
        .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,31}(:[A-Za-z0-9_][A-Za-z0-9._-]{0,31})?$/, 'must be such as "www-data" or "www-data:www-data"')
        .nullable()
        .optional(),
      authorizedKey: publicLine
        .refine((text) => PUBLIC_LINE.test(text) || SECURITY_KEY.test(text), 'must be the one line of a public key, such as "ssh-ed25519 AAAA… you@host"')
        .optional(),
    },
    { error: unknownKeys },
  )
  .transform((given, context): CompleteStep => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: path ? [path] : [], message });
    const { name, script, scriptFrom, file, content, contentFrom, authorizedKey } = given;
    const isScript = script != null || scriptFrom != null || (file === undefined && authorizedKey === undefined);
    const kinds = [script != null, scriptFrom != null, file !== undefined, authorizedKey !== undefined];
    if (kinds.filter(Boolean).length !== 1) refuse('', `must have ${KINDS}`);
    const refuseForeign = (own: readonly string[]) => {
      for (const [key, value] of Object.entries(given))
        if (value != null && key !== 'name' && !own.includes(key) && !KIND_KEYS.some((kind) => kind === key))
          refuse(key, `does not belong to such a step: ${own.length === 0 ? 'it has nothing else' : `it may have ${own.join(', ')}`}`);
    };
    if (isScript) {
      refuseForeign(['args', 'env', 'timeout', 'output']);
      const { args, env, timeout, output } = given;
      return {
        name,
        script: script ?? null,
        scriptFrom: scriptFrom ?? null,
        args: args ?? [],
        env: env ?? {},
        timeout: timeout ?? '10m',
        output: output ?? 'tail',
      };
    }
    if (file !== undefined) {
      refuseForeign(['content', 'contentFrom', 'mode', 'owner']);
      if ((content == null) === (contentFrom == null)) refuse('', 'must have exactly one of content and contentFrom');
      return {
        name,
        file,
        content: content ?? null,
        contentFrom: contentFrom ?? null,
        mode: given.mode ?? '0644',
        owner: given.owner ?? null,
      };
    }
    refuseForeign([]);
    return { name, authorizedKey: authorizedKey ?? '' };
  });

const KIND_KEYS = ['script', 'scriptFrom', 'file', 'authorizedKey'] as const;

export const deploySteps = z
  .array(step)
  .max(MAX_STEPS, `must be at most ${MAX_STEPS} steps`)
  .refine(
    (steps) => steps.reduce((bytes, step) => bytes + Buffer.byteLength(JSON.stringify(step)), 0) <= MAX_ALL,
    'must have at most 512 KiB altogether; let the worker read more from files',
  )
  .superRefine((steps, context) => {
    const names = steps.map(({ name }) => name);
    for (const name of new Set(names.filter((name, index) => names.indexOf(name) !== index)))
      context.addIssue({ code: 'custom', message: `must differ in name: "${name}" is there more than once` });
  })
  // Temporal's HTTP API hands on an empty list as null.
  .nullable()
  .default([])
  .transform((steps) => steps ?? []);

export const runsAs = z
  .enum(['user', 'root'], { error: 'must be "user" or "root"' })
  .default('user')
  .describe('root: by sudo without a password');

export const deploy = z
  .strictObject({ as: runsAs, steps: deploySteps.describe('Run once in the guest, in this order') }, { error: unknownKeys })
  .prefault({})
  .describe('What runs once in the guest before the node counts as ready');

const verdict = z.enum(['accept', 'fail'], { error: 'must be "accept" or "fail"' });
const UNTIL = /^(active|address|ssh|cloud-init|command|tcp:([1-9]\d{0,4}))$/;

export const ready = z
  .strictObject(
    {
      until: z
        .string()
        .max(20)
        .refine((text) => Number(UNTIL.exec(text)?.[2] ?? 1) <= 65_535 && UNTIL.test(text), {
          error: 'must be "active", "address", "ssh", "cloud-init", "command", or "tcp:" and a port from 1 to 65535',
        })
        // The pattern above admits these words alone.
        .transform((text) => text as ReadyUntil)
        .default('address')
        .describe('active, address, ssh, cloud-init, command, or tcp:<port>'),
      command: line(4096).min(1, 'must not be empty').nullable().default(null).describe('A command line that ends with 0 once the node is ready'),
      from: z
        .enum(['worker', 'guest'], { error: 'must be "worker" or "guest"' })
        .default('worker')
        .describe('From where a port is looked at'),
      cloudInit: z
        .strictObject({ degraded: verdict.default('accept'), error: verdict.default('fail') }, { error: unknownKeys })
        .prefault({}),
    },
    { error: unknownKeys },
  )
  .prefault({})
  .superRefine(({ until, command }, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', path: ['command'], message });
    if (until === 'command' && command === null) refuse('is missing: say which command ends with 0 once the node is ready');
    if (until !== 'command' && command !== null) refuse('belongs to until: "command"');
  });

export const ssh = z
  .strictObject(
    {
      user: z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9._-]{0,31}$/, 'must be the name of a user in the guest, such as "debian"')
        .nullable()
        .default(null)
        .describe('Null: whom the image lets in'),
      port: z.int('must be a port').min(1, 'must be a port from 1 to 65535').max(65_535, 'must be a port from 1 to 65535').default(22),
      address: z.enum(['public', 'private'], { error: 'must be "public" or "private"' }).default('public'),
      key: z
        .string()
        .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/, 'must be the name of a private key that the worker has')
        .nullable()
        .default(null)
        .describe('Name of a private key that the worker has; null: it is called as sshKey is'),
      hostKey: z
        .string()
        .max(4096, 'must have at most 4096 characters')
        .refine((text) => text === 'derived' || PUBLIC_LINE.test(text), 'must be "derived", or the one line of a public host key, such as "ssh-ed25519 AAAA…"')
        .default('derived'),
    },
    { error: unknownKeys },
  )
  .prefault({});
