import { ApplicationFailure } from '@temporalio/common';
import { stepSubject, type FailureType, type StepEnd, type StepToRun } from '../../contract/index.ts';
import type { LostHow, Output, RunState } from '../../guest/run.ts';
import { shown } from '../../guest/shown.ts';

/** What of each output a result carries, in bytes. */
const TAIL_BYTES = 4096;

const LOST: Record<LostHow, string> = {
  reboot: 'the machine booted anew while it ran',
  killed: 'its runner was killed, and it with it',
  orphan: 'its runner was killed while it went on, so nobody will know how it ends',
};

/** What a status beyond 125 usually means. */
const MEANINGS: Record<number, string> = {
  126: ', which means that it could not be executed',
  127: ', which means that a command was not found (also where the first line ends like those of Windows)',
};

/**
 * How a step that has ended did, as the truth and nothing else.
 *
 * @throws ScriptFailed, ScriptLost
 */
export function judged(
  wanted: StepToRun,
  seen: Exclude<RunState, { state: 'running' }>,
  { already }: { already: boolean },
): StepEnd {
  const about = subjectOf(wanted);
  const before = already ? 'an earlier run began it: ' : '';
  const again = already ? '; it is not run again by itself, `again` of deployNode does that' : '';
  if (seen.state === 'exited') {
    const ended = endedWith(wanted, seen);
    if (seen.code === 0) return ended;
    const said = saidOf(ended);
    throw failure(
      'ScriptFailed',
      `${before}${about} ended with ${seen.code}${MEANINGS[seen.code] ?? signalOf(seen.code)}${said}${again}`,
      ended,
    );
  }
  if (seen.state === 'stopped')
    throw failure(
      'ScriptFailed',
      `${about} was stopped before it began, and will not begin; \`again\` of deployNode runs it`,
      null,
    );
  if (seen.state === 'absent')
    throw failure(
      'ScriptLost',
      `${about} had begun, or may have, and nothing in the guest knows of it any more; it is not run again by itself`,
      null,
    );
  const sentence = `${before}${about} is lost (${seen.how}): ${LOST[seen.how]}; it is not run again by itself: see what it has done, then use \`again\` of deployNode`;
  throw failure('ScriptLost', sentence, endedWith(wanted, { ...seen, code: null }));
}

/** Its end as results carry it: without output where nobody shall see it. */
export function endedWith(
  { step }: StepToRun,
  { code, stdout, stderr }: Output & { code: number | null },
): StepEnd {
  const hides = 'output' in step && step.output === 'none';
  return {
    exitCode: code,
    stdout: hides ? null : lastBytes(stdout),
    stderr: hides ? null : lastBytes(stderr),
  };
}

export function subjectOf({ step }: StepToRun): string {
  return stepSubject(step);
}

function failure(type: FailureType, message: string, ended: StepEnd | null): ApplicationFailure {
  const cause = { status: null, ovhClass: null, message, queryId: null };
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: true,
    details: [{ cause, unclear: false, ended }],
  });
}

/** The last lines of its errors, or of its output where it has none. */
function saidOf({ stdout, stderr }: StepEnd): string {
  const text = (stderr?.trim() ? stderr : stdout)?.trim() ?? '';
  return text === '' ? '' : `: ${text.split('\n').slice(-3).map(shown).join(' / ').slice(-400)}`;
}

function signalOf(code: number): string {
  return code > 128 && code < 160 ? `, which means that signal ${code - 128} ended it` : '';
}

/** Not in the middle of a character. */
function lastBytes(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= TAIL_BYTES) return text;
  let from = bytes.length - TAIL_BYTES;
  while (from < bytes.length && ((bytes[from] ?? 0) & 0xc0) === 0x80) from += 1;
  return bytes.toString('utf8', from);
}
