import { isDeepStrictEqual } from 'node:util';

interface Check {
  claim: string;
  held: boolean;
  /** What was found instead; empty when it held. */
  instead: string;
}

/** What the demo claims, each compared with what was really found. */
export class Checks {
  readonly all: Check[] = [];

  /** Records whether the facts are as claimed. */
  record<Fact>(claim: string, { found, wanted }: { found: Fact; wanted: Fact }): void {
    const held = isDeepStrictEqual(found, wanted);
    const instead = held ? '' : `found ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`;
    this.all.push({ claim, held, instead });
  }

  get held(): boolean {
    return this.all.length > 0 && this.all.every(({ held }) => held);
  }
}
