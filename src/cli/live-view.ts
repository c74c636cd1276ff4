import type { WriteStream } from 'node:tty';
import type { Progress } from '../contract/index.ts';
import type { Paint } from './colour.ts';
import { progressRows } from './progress-rows.ts';
import type { View } from './view.ts';

const EVERY_MS = 120;

/** A step table on a terminal that is drawn over itself until the run ends. */
export class LiveView implements View {
  #out: WriteStream;
  #paint: Paint;
  #progress: Progress | undefined;
  #seenAt = 0;
  #tick = 0;
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(out: WriteStream, paint: Paint) {
    this.#out = out;
    this.#paint = paint;
    this.resume();
  }

  show(progress: Progress): void {
    this.#progress = progress;
    this.#seenAt = performance.now();
  }

  say(sentence: string): void {
    this.#erase();
    this.#out.write(`${sentence}\n`);
    this.#draw();
  }

  pause(): void {
    this.#stopDrawing();
    // What stands there stays there; after the question it is drawn again below.
    this.#drawn = 0;
  }

  resume(): void {
    this.#timer ??= setInterval(() => this.#draw(), EVERY_MS);
  }

  end(progress?: Progress): void {
    this.#stopDrawing();
    if (progress) this.#draw();
  }

  #draw(): void {
    if (!this.#progress) return;
    const lines = progressRows(this.#progress, {
      paint: this.#paint,
      // Some pseudo-terminals say 0.
      columns: this.#out.columns || 80,
      rows: this.#out.rows || 24,
      tick: this.#tick++,
      sinceMs: performance.now() - this.#seenAt,
    });
    this.#erase();
    this.#out.write(lines.map((line) => `${line}\n`).join(''));
    this.#drawn = lines.length;
  }

  #stopDrawing(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #erase(): void {
    if (this.#drawn === 0) return;
    // Up to the first line, then everything below is cleared.
    this.#out.write(`\u001B[${this.#drawn}A\u001B[0J`);
    this.#drawn = 0;
  }
}
