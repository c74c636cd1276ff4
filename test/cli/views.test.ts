import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { paintFor, plain } from '../../src/cli/colour.ts';
import { parseDuration, showDuration } from '../../src/cli/duration.ts';
import { PlainView } from '../../src/cli/plain-view.ts';
import { progressRows } from '../../src/cli/progress-rows.ts';
import { uiLink } from '../../src/cli/ui-link.ts';
import type { Progress, ProgressStep } from '../../src/contract/index.ts';

const START = Date.parse('2026-01-01T00:00:00Z');

function progress(...steps: Partial<ProgressStep>[]): Progress {
  return {
    apiVersion: 'mooring/v1',
    workflowId: 'node.main.GRA11.web-1',
    runId: 'r',
    type: 'provisionNodeWithVolume',
    status: 'running',
    startedAt: new Date(START).toISOString(),
    elapsedMs: 8000,
    undo: null,
    steps: steps.map((step) => ({
      step: 'await-instance',
      state: 'running',
      about: 'web-1-abcdefgh',
      startedAt: new Date(START + 2000).toISOString(),
      tookMs: null,
      attempt: 1,
      message: null,
      ...step,
    })),
  };
}

test('plain lines say when, what, and how long, one per change', async () => {
  const out = new PassThrough();
  const view = new PlainView(out);
  const message = 'instance web-1-abcdefgh is BUILD for 5 s';
  view.show(progress({ state: 'running' }));
  view.show(progress({ state: 'waiting', message }));
  view.show(progress({ state: 'waiting', message }));
  view.show(progress({ state: 'done', tookMs: 7500 }, { step: 'count', state: 'done', tookMs: 100 }));
  out.end();
  expect(await text(out)).toBe(
    [
      '   2.0 s  await-instance began: web-1-abcdefgh',
      `   8.0 s  await-instance waits: ${message}`,
      '   2.1 s  count done after 0.1 s: web-1-abcdefgh',
      '   9.5 s  await-instance done after 7.5 s: web-1-abcdefgh',
      '',
    ].join('\n'),
  );
});

test('the step table shows each step, its state, how long, and what it waits for', () => {
  const rows = progressRows(
    progress(
      { step: 'baseline', state: 'done', tookMs: 300 },
      { state: 'waiting', message: 'instance web-1-abcdefgh is BUILD for 5 s' },
      { step: 'create-volume', state: 'retrying', attempt: 3, message: 'OVH answered 503' },
    ),
    { paint: plain, columns: 100, rows: 40, tick: 0, sinceMs: 1500 },
  );
  expect(rows).toEqual([
    ' ✓ baseline          0.3 s  web-1-abcdefgh',
    ' ⠋ await-instance    7.5 s  instance web-1-abcdefgh is BUILD for 5 s',
    ' ⠋ create-volume     7.5 s  attempt 3: OVH answered 503',
  ]);
});

test('no row is ever wider than the terminal, nor the table higher: it could not be drawn over', () => {
  const states = fc.constantFrom<ProgressStep['state']>(
    'scheduled',
    'running',
    'waiting',
    'retrying',
    'done',
    'failed',
  );
  const steps = fc.array(
    fc.record({
      step: fc.string(),
      state: states,
      message: fc.string({ maxLength: 200, unit: 'binary-ascii' }),
    }),
  );
  fc.assert(
    fc.property(
      steps,
      fc.integer({ min: 20, max: 120 }),
      fc.integer({ min: 4, max: 40 }),
      (steps, columns, rows) => {
        const lines = progressRows(progress(...steps), { paint: plain, columns, rows, tick: 1, sinceMs: 0 });
        expect(Math.max(0, ...lines.map((line) => line.length))).toBeLessThan(columns);
        expect(lines.length).toBeLessThan(rows);
        expect(lines.join('')).not.toMatch(/\p{Cc}/u);
      },
    ),
  );
});

test('colour is for terminals, and never against NO_COLOR or --no-color', () => {
  const painted = (stream: { isTTY?: boolean }, options: Parameters<typeof paintFor>[1]) =>
    paintFor(stream, options)('red', 'x');
  expect(painted({ isTTY: true }, { env: {} })).toBe('\u001B[31mx\u001B[0m');
  expect(painted({}, { env: {} })).toBe('x');
  expect(painted({ isTTY: true }, { env: { NO_COLOR: '1' } })).toBe('x');
  expect(painted({ isTTY: true }, { env: { TERM: 'dumb' } })).toBe('x');
  expect(painted({ isTTY: true }, { env: {}, color: false })).toBe('x');
});

test('durations are read and shown in words', () => {
  expect(['90s', '10m', '2h'].map(parseDuration)).toEqual([90_000, 600_000, 7_200_000]);
  expect(() => parseDuration('10')).toThrow('duration');
  expect([400, 42_000, 200_000].map(showDuration)).toEqual(['0.4 s', '42.0 s', '3 min 20 s']);
});

test('a link names this very run, whatever its id looks like', () => {
  const run = { namespace: 'default', workflowId: 'a b/c', runId: 'r' };
  expect(uiLink('http://127.0.0.1:8233/', run)).toBe(
    'http://127.0.0.1:8233/namespaces/default/workflows/a%20b%2Fc/r/history',
  );
});
