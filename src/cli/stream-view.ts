import type { Writable } from 'node:stream';
import type { OperationFailed, RunEnded } from '../client/errors.ts';
import type { Progress } from '../contract/index.ts';
import { STREAM_VERSION, endOf, eventsBetween, type RunEvent } from './events.ts';
import { toJson } from './json.ts';
import type { View } from './view.ts';

/** The event stream of `-o jsonl`: the version first, then what happens. Its last line is written by the command. */
export class StreamView implements View {
  #out: Writable;
  #run: { workflowId: string; runId: string };
  #last: Progress | undefined;
  #seq = 0;

  constructor(out: Writable, run: { workflowId: string; runId: string }, version: string) {
    this.#out = out;
    this.#run = run;
    this.#line({ type: 'version', stream: STREAM_VERSION, mooring: version });
  }

  show(progress: Progress): void {
    for (const event of eventsBetween(this.#last, progress)) this.#event(event);
    // What was told stays told, also where no worker was there to say it again.
    const shown = new Set(progress.steps.map(({ step }) => step));
    const before = this.#last?.steps.filter(({ step }) => !shown.has(step)) ?? [];
    this.#last = { ...progress, steps: [...before, ...progress.steps] };
  }

  end(progress?: Progress, failure?: OperationFailed | RunEnded): void {
    const event = progress && endOf(progress, failure);
    if (event) this.#event(event);
  }

  say(): void {}
  pause(): void {}
  resume(): void {}

  #event({ type, time, ...fields }: RunEvent): void {
    const { workflowId, runId } = this.#run;
    this.#seq += 1;
    this.#line({ type, seq: this.#seq, time, workflowId, runId, ...fields });
  }

  #line(line: object): void {
    this.#out.write(`${toJson(line)}\n`);
  }
}
