import { CancellationScope, defineUpdate, setHandler } from '@temporalio/workflow';

/** Stops a rollback that is under way, and leaves what is there. Refused when nothing is being rolled back. */
const keepUpdate = defineUpdate<void>('keep');

/** The rollback of a run: deaf to cancels, because it is what a cancel asks for, but not to somebody who keeps what is there. */
export class Rollback {
  /** While it is under way. */
  #scope: CancellationScope | undefined;
  #isKept = false;

  constructor() {
    setHandler(keepUpdate, () => this.#keep(), {
      description: 'Stops the rollback; the failure lists what is left',
      validator: () => {
        if (!this.#scope) throw new Error('nothing is being rolled back');
      },
    });
  }

  /** Somebody has stopped it. */
  get isKept(): boolean {
    return this.#isKept;
  }

  async run<Result>(undo: () => Promise<Result>): Promise<Result> {
    return CancellationScope.nonCancellable(async () => {
      this.#scope = new CancellationScope();
      return await this.#scope.run(undo);
    });
  }

  #keep(): void {
    this.#isKept = true;
    this.#scope?.cancel();
  }
}
