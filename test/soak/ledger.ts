import type { DestroyResult, Node } from '../../src/contract/index.ts';

/** What completed runs have named and nobody has asked to be deleted since. It must stand, whoever else is at the node. */
export class Ledger {
  /** By the thing's id: who names it. */
  readonly #named = new Map<string, { by: string; isInstance: boolean }>();
  #destroysBegun = 0;
  #destroysOpen = 0;

  /**
   * Follows a run to its end. What a rival's run has found is only as good as its maker: of that nothing is written down
   * where `onlyMade` is set.
   */
  async follow(
    what: { type: string; by: string; onlyMade: boolean },
    result: Promise<unknown>,
  ): Promise<unknown> {
    const isDestroy = what.type === 'destroyNode';
    if (isDestroy) {
      this.#destroysBegun += 1;
      this.#destroysOpen += 1;
      this.#named.clear();
    }
    const begunBefore = this.#destroysBegun;
    const wasDestroyed = this.#destroysOpen > 0;
    try {
      const answer = await result;
      // Beside a destroy nobody can say who of both was first.
      if (!isDestroy && !wasDestroyed && this.#destroysBegun === begunBefore) this.#write(what, answer);
      return answer;
    } finally {
      if (isDestroy) this.#destroysOpen -= 1;
    }
  }

  /** @returns What is wrong while these things stand. */
  judge(
    held: readonly string[],
    { mayBeTwo, renamed }: { mayBeTwo: boolean; renamed: ReadonlySet<string> },
  ): string[] {
    const problems: string[] = [];
    for (const [id, { by }] of this.#named)
      if (!held.includes(id)) problems.push(`${id} is gone, which ${by} names`);
    // What somebody has renamed carries the mark no more, and the node is made anew beside it.
    const counts = (id: string) => held.includes(id) && !renamed.has(id);
    const instances = [...this.#named].filter(([id, { isInstance }]) => isInstance && counts(id));
    if (instances.length > 1 && !mayBeTwo)
      problems.push(`two are delivered: ${instances.map(([id, { by }]) => `${id} by ${by}`).join(', ')}`);
    return problems;
  }

  #write({ by, onlyMade }: { by: string; onlyMade: boolean }, answer: unknown): void {
    const { instance, volumes = [] } = (answer ?? {}) as Partial<Node & DestroyResult>;
    const counts = ({ outcome }: { outcome?: string | undefined }) => !onlyMade || outcome === 'created';
    if (instance && counts(instance)) this.#named.set(instance.id, { by, isInstance: true });
    for (const volume of volumes) if (counts(volume)) this.#named.set(volume.id, { by, isInstance: false });
  }
}
