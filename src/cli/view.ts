import type { OperationFailed, RunEnded } from '../client/errors.ts';
import type { Progress } from '../contract/index.ts';

/** Shows a run while it is watched. */
export interface View {
  show(progress: Progress): void;
  /** Says something beside the progress, such as that Temporal does not answer. */
  say(sentence: string): void;
  /** Lets go of the terminal while a question is asked. */
  pause(): void;
  resume(): void;
  /** Nothing more comes: the run has ended, by this failure where one is known, or (undefined progress) nobody watches any more. */
  end(progress?: Progress, failure?: OperationFailed | RunEnded): void;
}
