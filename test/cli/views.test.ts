import { readFile } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { paintFor, plain } from '../../src/cli/colour.ts';
import { parseDuration, showDuration } from '../../src/cli/duration.ts';
import { PlainView } from '../../src/cli/plain-view.ts';
import { progressRows } from '../../src/cli/progress-rows.ts';
import { uiLink } from '../../src/cli/ui-link.ts';
import { stepBegun } from '../../src/contract/index.ts';
import type { Progress, ProgressStep, UndoThing } from '../../src/contract/index.ts';
import { fc } from '../support/properties.ts';

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
    fleet: null,
    undo: null,
    steps: steps.map((step) => ({
      ...stepBegun('await-instance', new Date(START + 2000).toISOString(), 'web-1-abcdefgh'),
      state: 'running' as const,
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

const thing = (fields: Partial<UndoThing>): UndoThing => ({
  kind: 'instance',
  id: 'i',
  name: 'web-1-abcdefgh',
  state: 'deleting',
  ovhStatus: 'DELETING',
  why: null,
  since: new Date(START + 3000).toISOString(),
  askedAt: null,
  queryId: null,
  advice: null,
  ...fields,
});

const undoing = (...things: UndoThing[]): Progress => ({
  ...progress({ step: 'undo', state: 'waiting', message: 'said below' }),
  undo: { step: 'undo', things },
});

test('an undo is shown thing by thing, and below what resists why it does and what to do', () => {
  const refused = {
    state: 'resisting',
    ovhStatus: 'ERROR',
    why: 'OVH answered 500: Internal error (Server::InternalServerError)',
    queryId: 'EU.ext-1',
    advice: 'wait, or keep what is there: mooring keep',
  } as const;
  const volume = {
    kind: 'volume',
    id: 'v',
    name: 'web-1-data-abcdefgh',
    state: 'gone',
    ovhStatus: null,
  } as const;
  const rows = progressRows(undoing(thing(refused), thing(volume)), {
    paint: plain,
    columns: 70,
    rows: 40,
    tick: 0,
    sinceMs: 0,
  });
  expect(rows).toEqual([
    ' ⠋ undo            6.0 s  web-1-abcdefgh',
    '   ! instance web-1-abcdefgh     resisting    5.0 s  ERROR',
    '       OVH answered 500: Internal error (Server::InternalServerError)',
    '       (query EU.ext-1)',
    '       do: wait, or keep what is there: mooring keep',
    '   ✓ volume web-1-data-abcdefgh  gone',
  ]);
});

test("the runbook's screen of an undo is what is drawn", async () => {
  const at = (ms: number) => new Date(START + ms).toISOString();
  const row = (step: string, fields: Partial<ProgressStep>): Partial<ProgressStep> => ({
    step,
    about: null,
    ...fields,
  });
  const instance = 'instance web-1-k3f9x2ab-q7mz4c (b3-8, Debian 12, GRA11)';
  const shown: Progress = {
    ...progress(
      row('create-instance', { state: 'done', tookMs: 1200, about: instance }),
      row('create-volume-data', {
        state: 'done',
        tookMs: 900,
        about: 'volume web-1-data-k3f9x2ab-q7mz4c (20 GiB, high-speed)',
      }),
      row('await-instance', {
        state: 'failed',
        tookMs: 41_000,
        message: 'OVH put instance web-1-k3f9x2ab-q7mz4c (1f3c…) in ERROR',
      }),
      row('undo', { state: 'waiting', about: 'web-1', startedAt: at(44_000) }),
    ),
    elapsedMs: 200_000,
    undo: {
      step: 'undo',
      things: [
        thing({
          name: 'web-1-k3f9x2ab-q7mz4c',
          state: 'resisting',
          ovhStatus: 'ERROR',
          since: at(44_000),
          why: 'OVH answered 500: Internal server error (Server::InternalServerError)',
          queryId: 'EU.ext-3.65f1a2b3.1234.9f8e7d6c',
          advice:
            "wait (it is tried again every few seconds), or delete it in OVH's console, or keep what is there: mooring keep",
        }),
        thing({
          kind: 'volume',
          id: 'l',
          name: 'web-1-log-k3f9x2ab-q7mz4c',
          state: 'resisting',
          ovhStatus: 'detaching',
          since: at(52_000),
          why: 'OVH has left it detaching for more than a minute',
          advice: "wait, or detach it in OVH's console, or keep what is there: mooring keep",
        }),
        thing({
          kind: 'volume',
          id: 'd',
          name: 'web-1-data-k3f9x2ab-q7mz4c',
          state: 'gone',
          ovhStatus: null,
        }),
      ],
    },
  };
  const rows = progressRows(shown, { paint: plain, columns: 124, rows: 40, tick: 0, sinceMs: 0 });
  const runbook = await readFile(new URL('../../docs/guides/runbook.md', import.meta.url), 'utf8');
  expect(runbook).toContain(`\n${rows.join('\n')}\n`);
});

test('plain lines tell of each thing that begins to resist, once', async () => {
  const out = new PassThrough();
  const view = new PlainView(out);
  view.show(undoing(thing({})));
  const why = 'OVH answered 409: busy (Client::Conflict)';
  for (const queryId of ['EU.ext-1', 'EU.ext-2'])
    view.show(undoing(thing({ state: 'resisting', why, queryId, advice: 'wait' })));
  out.end();
  const lines = (await text(out)).split('\n').filter((line) => line.includes('409'));
  expect(lines).toEqual([
    '   8.0 s  undo goes on: instance web-1-abcdefgh (i) is DELETING since 00:00:03: ' +
      'OVH answered 409: busy (Client::Conflict) (query EU.ext-1); wait',
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
        const undone = steps.map(({ message }) => thing({ name: message, why: message, state: 'resisting' }));
        const shown = { ...progress(...steps), undo: { step: steps[0]?.step ?? '', things: undone } };
        const lines = progressRows(shown, { paint: plain, columns, rows, tick: 1, sinceMs: 0 });
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
  expect(painted({ isTTY: true }, { env: {} })).toBe('\u001B[31mx\u001B[39m');
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
