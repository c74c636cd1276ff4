import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { draw, type Chart, type Point } from '../../bench/chart.ts';
import { chartOf, pathOf } from '../../bench/pictures.ts';
import { regret } from '../../bench/rows/regret.ts';
import { scale } from '../../bench/rows/scale.ts';
import { workers } from '../../bench/rows/workers.ts';
import { fc } from '../support/properties.ts';

const axesOf = (log: boolean): Chart => {
  const axis = { label: 'nodes', ...(log && { log }) };
  return {
    title: 'What a node costs',
    panels: ['calls', 'time'].map((title) => ({
      title,
      x: axis,
      y: axis,
      lines: { ours: 'ours', floor: 'floor' },
    })),
  };
};
const point = (x: number, y: number | null, more: Partial<Point> = {}): Point => ({
  panel: 'calls',
  line: 'ours',
  x,
  y,
  ...more,
});

interface Element {
  name: string;
  [attribute: string]: string;
}

function elements(svg: string): Element[] {
  return [...svg.matchAll(/<(\w+) ([^>]*?)\/?>/g)].map(([, name = '', attributes = '']) => ({
    name,
    ...Object.fromEntries(
      [...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
    ),
  }));
}

const circlesOf = (svg: string) => elements(svg).filter(({ name }) => name === 'circle');
/** Of the first panel; what stands in the legend is a horizontal stroke. */
const oursOf = (svg: string) =>
  elements(svg).find(({ class: kind, d }) => kind === 'line ours' && !d?.includes('h'))?.['d'] ?? '';

test('every point lies within the frame of its panel, and a larger number is never lower', () => {
  const number = fc.double({ min: 1e-6, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(number, number)), fc.boolean(), (pairs, log) => {
      const svg = draw(
        axesOf(log),
        pairs.map(([x, y]) => point(x, y)),
        '',
      );
      const frame = elements(svg).find(({ class: kind }) => kind === 'frame')!;
      const circles = circlesOf(svg);
      const [left, top] = [Number(frame['x']), Number(frame['y'])];
      const sorted = pairs.toSorted(([one], [other]) => one - other);

      expect(circles).toHaveLength(pairs.length);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      for (const [index, { cx, cy }] of circles.entries()) {
        expect(Number(cx)).toBeGreaterThanOrEqual(left);
        expect(Number(cx)).toBeLessThanOrEqual(left + Number(frame['width']));
        expect(Number(cy)).toBeGreaterThanOrEqual(top);
        expect(Number(cy)).toBeLessThanOrEqual(top + Number(frame['height']));
        const [before, here] = [sorted[index - 1], sorted[index]];
        if (before && here && here[1] > before[1])
          expect(Number(cy)).toBeLessThanOrEqual(Number(circles[index - 1]?.['cy']));
      }
    }),
  );
});

test('a figure that is missing is a gap in the line, not zero', () => {
  const svg = draw(axesOf(false), [point(1, 5), point(2, 6), point(3, null), point(4, 7), point(5, 8)], '');

  expect(circlesOf(svg)).toHaveLength(4);
  expect(oursOf(svg).replace(/[\d. ]+/g, '')).toBe('MLML');
});

test('a chart of which nothing was measured has axes and no points', () => {
  const svg = draw(axesOf(true), [], '');

  expect(circlesOf(svg)).toEqual([]);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});

test('zero is drawn at the bottom of an axis that begins there', () => {
  const svg = draw(axesOf(false), [point(1, 0), point(2, 9)], '');
  const frame = elements(svg).find(({ class: kind }) => kind === 'frame')!;

  expect(Number(circlesOf(svg)[0]?.['cy'])).toBeCloseTo(Number(frame['y']) + Number(frame['height']), 0);
});

test('text is escaped, wherever it comes from', () => {
  const sharp = `<script>"a" & 'b'</script>`;
  const axis = { label: sharp };
  const panels: Chart['panels'] = [{ title: sharp, x: axis, y: axis, lines: { [sharp]: 'ours' } }];
  const svg = draw(
    { title: sharp, panels },
    [{ panel: sharp, line: sharp, x: 1, y: 1, label: sharp }],
    sharp,
  );

  expect(svg).not.toContain('<script');
  expect(svg).not.toMatch(/&(?!#\d+;)/);
  expect(svg.match(/&#60;script&#62;/g)).toHaveLength(8);
});

test('a point that no line of the chart takes is an error, not left out', () => {
  expect(() => draw(axesOf(false), [point(1, 1, { line: 'theirs' })], '')).toThrow("no line 'theirs'");
});

test.each([regret, scale, workers])(
  'the guide shows the chart of the rows that are kept: $name',
  async (bench) => {
    expect(await readFile(pathOf(bench, 'svg'), 'utf8')).toBe(await chartOf(bench));
  },
);
