import { z } from 'zod';
import type { ExecResult } from './connect.ts';

/** How far cloud-init is. */
type CloudInitState =
  | { state: 'done' | 'disabled' }
  | { state: 'running'; detail: string }
  | { state: 'degraded' | 'error'; detail: string };

export const CLOUD_INIT_STATUS = 'cloud-init status --format json';

const NO_SUCH_COMMAND = 127;

/**
 * Judged by its `status`, never by its exit code, which means something else in each version: 25.1 ends with 2 while it
 * runs, 22.4 with 1 while a failed one still runs. Measured with both.
 *
 * @returns undefined where what it said cannot be read, which the next look may mend.
 */
export function cloudInitState({ code, stdout }: ExecResult): CloudInitState | undefined {
  if (code === NO_SUCH_COMMAND) return { state: 'disabled' };
  const said = parsed(stdout.toString('utf8'));
  if (!said) return undefined;
  const { status, extended_status: extended = '', detail = '' } = said;
  const errors = [...listOf(said.errors), ...Object.values(said.recoverable_errors ?? {}).flatMap(listOf)];
  const told = errors.join('; ') || detail;
  // While it goes on nothing is decided, also where something has failed already.
  if (extended.endsWith('running') || status === 'running') return { state: 'running', detail };
  if (status === 'error') return { state: 'error', detail: told };
  if (status === 'done')
    return extended.startsWith('degraded') ? { state: 'degraded', detail: told } : { state: 'done' };
  if (status === 'disabled') return { state: 'disabled' };
  return { state: 'running', detail: status };
}

/** What is of another kind than it has been is as if it were not said, except the status. */
const saidSchema = z.object({
  status: z.string(),
  extended_status: z.string().optional().catch(undefined),
  detail: z.string().optional().catch(undefined),
  errors: z.unknown().optional(),
  recoverable_errors: z.record(z.string(), z.unknown()).optional().catch(undefined),
});

function parsed(text: string): z.infer<typeof saidSchema> | undefined {
  try {
    return saidSchema.safeParse(JSON.parse(text.slice(text.indexOf('{')))).data;
  } catch {
    return undefined;
  }
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
