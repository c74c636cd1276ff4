import type { DeployStep } from '../../contract/index.ts';

/** What scripts and files of a request hold: it is checked already, and histories have it in the request alone. */
export function textsOf(steps: DeployStep[] | null | undefined): (string | null)[] {
  // A client may send every field, and null for those that the step has not.
  return (steps ?? []).map(
    (step) => ('script' in step ? step.script : null) ?? ('content' in step ? step.content : null) ?? null,
  );
}
