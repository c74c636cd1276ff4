import type { DeployStep } from '../../contract/index.ts';

/** What scripts and files of a request hold: it is checked already, and histories have it in the request alone. */
export function textsOf(steps: DeployStep[] | null | undefined): (string | null)[] {
  return (steps ?? []).map((step) => {
    const { script, content } = step as { script?: string | null; content?: string | null };
    return script ?? content ?? null;
  });
}
