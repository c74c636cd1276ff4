import { CancellationScope } from '@temporalio/workflow';

/**
 * Runs branches side by side, in a scope of their own. When one fails the others are cancelled, and all have settled before
 * it throws: an undo that began earlier would miss what a branch still makes.
 */
export async function sideBySide<Results extends unknown[]>(
  branches: readonly (() => Promise<unknown>)[],
): Promise<Results> {
  const scope = new CancellationScope();
  let first: { error: unknown } | undefined;
  const settled = await scope.run(() =>
    Promise.allSettled(
      branches.map(async (branch) => {
        try {
          return await branch();
        } catch (error) {
          first ??= { error };
          scope.cancel();
          throw error;
        }
      }),
    ),
  );
  if (first) throw first.error;
  // In the order of the branches, none of which has failed. Their types are the caller's to say.
  return settled.map((result) => (result as PromiseFulfilledResult<unknown>).value) as Results;
}
