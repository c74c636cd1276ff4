import { WorkflowNotFoundError } from '@temporalio/client';
import type { Run } from '../../src/client/index.ts';

export interface End {
  isOver: boolean;
  outcome: Promise<PromiseSettledResult<unknown>>;
}

/** How a run ends, and whether it has, so that nobody waits for what can no longer come. */
export function endOf(run: Run): End {
  const end = { isOver: false } as End;
  end.outcome = Promise.allSettled([run.result()]).then(([outcome]) => {
    end.isOver = true;
    return outcome;
  });
  return end;
}

/** What has ended cannot be cancelled. */
export async function cancelled(run: Run): Promise<void> {
  await run.cancel().catch((error: unknown) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  });
}
