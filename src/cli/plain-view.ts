import type { Writable } from 'node:stream';
import type { Progress } from '../contract/index.ts';
import { showDuration } from './duration.ts';
import { eventsBetween, type EventType, type RunEvent } from './events.ts';
import { oneLine } from '../contract/one-line.ts';
import type { View } from './view.ts';

const VERB: Partial<Record<EventType, string>> = {
  step_started: 'began',
  step_waiting: 'waits',
  step_retrying: 'begins again',
  step_done: 'done',
  step_failed: 'failed',
  undo_started: 'began',
  undo_resisting: 'goes on',
  undo_done: 'done',
};

/** One line per change, for logs and pipes. */
export class PlainView implements View {
  #out: Writable;
  #last: Progress | undefined;

  constructor(out: Writable) {
    this.#out = out;
  }

  show(progress: Progress): void {
    const events = eventsBetween(this.#last, progress);
    const ended = new Set(events.filter(({ type }) => type.endsWith('_done')).map(({ step }) => step));
    for (const event of events) {
      // That it is done says that it began.
      if (event.type.endsWith('_started') && ended.has(event.step)) continue;
      const line = lineOf(event, Date.parse(event.time) - Date.parse(progress.startedAt));
      if (line) this.say(line);
    }
    this.#last = progress;
  }

  say(sentence: string): void {
    this.#out.write(`${sentence}\n`);
  }

  pause(): void {}
  resume(): void {}
  end(): void {}
}

/** `  12.3 s  await-instance waits: instance web-1-k3f9x2ab-q7mz4c is BUILD for 9 s`, `atMs` after the run began. */
export function lineOf(event: RunEvent, atMs: number): string | undefined {
  const { type, step, resource, message, elapsedMs } = event;
  const when = showDuration(atMs).padStart(8);
  if (type === 'attention') return `${when}  attention: ${step ? `${step}: ` : ''}${oneLine(message ?? '')}`;
  const verb = VERB[type];
  if (!verb) return undefined;
  const took = type.endsWith('_done') ? ` after ${showDuration(elapsedMs)}` : '';
  const about = message ?? resource;
  return `${when}  ${step} ${verb}${took}${about ? `: ${oneLine(about)}` : ''}`;
}
