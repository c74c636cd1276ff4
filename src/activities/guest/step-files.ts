import type { CheckedStep, StepToRun } from '../../contract/index.ts';
import { entryFile } from '../../guest/entry.ts';
import { digestOf, type GuestRun } from '../../guest/run.ts';
import { AUTHORIZE_KEY, INSTALL_FILE } from '../../guest/scripts.ts';
import { finalFailure } from '../exactly-once/to-failure.ts';
import type { WorkerSource } from '../worker-source.ts';

/**
 * The run of a step: of one machine, one step and one text. Without the machine's id one that was made from another's snapshot
 * would find the claims of that, and skip everything. What the worker's variables hold has no part in it: a password
 * that changes is no reason to run again, and none can be guessed from it.
 */
export function runOf({ target, step, as, digest, again }: StepToRun): GuestRun {
  const what =
    'file' in step
      ? { file: step.file, mode: step.mode, owner: step.owner }
      : 'authorizedKey' in step
        ? { authorizedKey: step.authorizedKey }
        : { args: step.args, env: Object.entries(step.env).sort(([a], [b]) => (a < b ? -1 : 1)) };
  const asRoot = as === 'root' && !('authorizedKey' in step);
  const identity = ['mooring/step/1', target.instanceId, step.name, asRoot, what, digest, again];
  return { base: '', id: digestOf(JSON.stringify(identity)).slice(0, 32), asRoot };
}

/** The field that names a source of the worker's, and the source; undefined where the request has the text. */
export function sourceOf(step: CheckedStep): { field: string; from: string } | undefined {
  if ('scriptFrom' in step && step.scriptFrom !== null)
    return { field: `scriptFrom of step "${step.name}":`, from: step.scriptFrom };
  if ('contentFrom' in step && step.contentFrom !== null)
    return { field: `contentFrom of step "${step.name}":`, from: step.contentFrom };
  return undefined;
}

/** The digest of what has no text of its own: of a key the step itself says everything. */
export const NO_TEXT = digestOf('');

/**
 * What is put into the guest for a step.
 *
 * @throws SourceChanged where this worker's source holds something else than was decided on.
 */
export async function filesOf(
  { target, step, digest }: StepToRun,
  text: string | null,
  sources: WorkerSource,
): Promise<Record<string, Buffer>> {
  // Nobody in the guest knows the run's id at Temporal, so a digest that `ps` shows tells nothing of what was hashed.
  const entry = (args: string[], env: Record<string, string> = {}) =>
    Buffer.from(entryFile({ args, env }, target.place.runId));
  if ('authorizedKey' in step)
    return { script: Buffer.from(AUTHORIZE_KEY), entry: entry([step.authorizedKey]) };
  const content = await contentOf(step, text, sources);
  if (digestOf(content) !== digest)
    throw finalFailure(
      'SourceChanged',
      `${sourceOf(step)?.from ?? `the text of step "${step.name}"`} is not what it was when the run began; start the run anew`,
    );
  if ('file' in step)
    return {
      script: Buffer.from(INSTALL_FILE),
      content,
      entry: entry([step.file, step.mode, step.owner ?? '']),
    };
  return { script: content, entry: entry(step.args, await environmentOf(step, sources)) };
}

async function contentOf(step: CheckedStep, text: string | null, sources: WorkerSource): Promise<Buffer> {
  const source = sourceOf(step);
  return source ? sources.read(source.field, source.from) : Buffer.from(text ?? '');
}

/** @throws PreflightFailed where the worker has no such source, or it is no text. */
export async function environmentOf(
  step: Extract<CheckedStep, { env: unknown }>,
  sources: WorkerSource,
): Promise<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(step.env)) {
    if (typeof value === 'string') {
      env[name] = value;
      continue;
    }
    const field = `env.${name} of step "${step.name}":`;
    const text = (await sources.read(field, value.from)).toString('utf8');
    if (text.includes('\0'))
      throw finalFailure(
        'PreflightFailed',
        `${field} "${value.from}" holds a NUL character, which no variable can`,
      );
    // As a shell's `$(cat file)`: files end with a line's end, passwords do not.
    env[name] = value.from.startsWith('file:') ? text.replace(/\r?\n$/, '') : text;
  }
  return env;
}
