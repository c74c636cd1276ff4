/* Charts as SVG, by a few lines of our own: libraries that draw without a browser bring 60 packages or more along. */

/** One point of a chart. */
export interface Point {
  /** The title of its panel. */
  panel: string;
  /** The name of its line there. */
  line: string;
  x: number;
  /** Null where it could not be measured: there the line has a gap. */
  y: number | null;
  /** Stands beside the point. */
  label?: string;
}

export interface Axis {
  /** Names the unit, where there is one. */
  label: string;
  log?: true;
  /** Default: round numbers around what there is, from 0 unless the axis is logarithmic. */
  ticks?: number[];
}

interface Panel {
  title: string;
  x: Axis;
  y: Axis;
  /** By name, in the order of the legend. */
  lines: Record<string, 'ours' | 'peer' | 'other-peer' | 'floor'>;
}

export interface Chart {
  title: string;
  panels: Panel[];
}

const WIDTH = 880;
const MARGIN = 16;
const LINE = 18;
/** For the vertical axis. */
const LEFT = 60;
/** Keeps points off the sides of the frame, so that their marks are whole. */
const INSET = 14;

/** The background changes with the text: so both are readable on a light page and on a dark one. */
const style = `
svg { --back: #fff; --text: #1f2328; --faint: #59636e; --grid: #d8dee4; --ours: #0969da; --peer: #bc4c00; --other: #8250df; }
@media (prefers-color-scheme: dark) {
  svg { --back: #0d1117; --text: #f0f6fc; --faint: #9198a1; --grid: #30363d; --ours: #58a6ff; --peer: #f0883e; --other: #bc8cff; }
}
text { font: 12px system-ui, 'DejaVu Sans', sans-serif; fill: var(--text); }
text.title { font-size: 17px; font-weight: 600; }
text.panel { font-size: 13px; font-weight: 600; }
text.faint { font-size: 11px; fill: var(--faint); paint-order: stroke; stroke: var(--back); stroke-width: 3px; }
rect.back { fill: var(--back); }
path, rect.frame { fill: none; stroke: var(--grid); }
path.line { stroke: currentColor; stroke-width: 2; }
circle { fill: currentColor; }
.ours { color: var(--ours); }
.peer { color: var(--peer); }
.other-peer { color: var(--other); }
.floor { color: var(--faint); }
path.floor { stroke-dasharray: 5 4; }
`;

/** @param source Where the figures come from: it stands below them. */
export function draw({ title, panels }: Chart, points: Point[], source: string): string {
  const lost = points.find(
    ({ panel, line }) => !panels.some(({ title, lines }) => title === panel && line in lines),
  );
  if (lost) throw new Error(`the chart has no line '${lost.line}' in a panel '${lost.panel}'`);
  const columns = Math.min(2, panels.length);
  const width = (WIDTH - MARGIN * (columns + 1)) / columns;
  const height = columns === 1 ? 440 : 310;
  const top = MARGIN + 2 * LINE;
  const bottom = top + Math.ceil(panels.length / columns) * (height + MARGIN);
  const drawn = panels.map((panel, index) => {
    const left = MARGIN + (index % columns) * (width + MARGIN);
    const row = Math.floor(index / columns);
    const own = points.filter((point) => point.panel === panel.title);
    return drawPanel(panel, own, { left, top: top + row * (height + MARGIN), width, height });
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${bottom + LINE}" viewBox="0 0 ${WIDTH} ${bottom + LINE}" role="img">
<title>${escape(title)}</title>
<style>${style}</style>
<rect class="back" width="100%" height="100%"/>
${text(title, MARGIN, MARGIN + LINE, 'class="title"')}
${drawn.join('\n')}
${text(source, MARGIN, bottom + 4, 'class="faint"')}
</svg>
`;
}

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

function drawPanel({ title, x, y, lines }: Panel, points: Point[], box: Box): string {
  const kinds = Object.entries(lines);
  const legend = LINE * (1 + kinds.length);
  const frame: Box = {
    left: box.left + LEFT,
    top: box.top + legend + LINE / 2,
    width: box.width - LEFT - INSET,
    height: box.height - legend - 3 * LINE,
  };
  const [bottom, right] = [frame.top + frame.height, frame.left + frame.width];
  const [center, middle] = [frame.left + frame.width / 2, frame.top + frame.height / 2];
  const xs = points.map((point) => point.x);
  const ys = points.flatMap((point) => point.y ?? []);
  const across = scaleOf(x, xs, [frame.left + INSET, right - INSET]);
  const up = scaleOf(y, ys, [bottom, frame.top]);
  return [
    text(title, box.left, box.top + LINE / 2, 'class="panel"'),
    ...kinds.map(([name, kind], index) => {
      const at = box.top + LINE * (1.4 + index);
      return `<path class="line ${kind}" d="M${frame.left} ${at}h24"/>${text(name, frame.left + 32, at + 4)}`;
    }),
    ...up.ticks.map((tick) => {
      const at = round(up.at(tick));
      const number = text(said(tick), frame.left - 6, at + 4, 'class="faint" text-anchor="end"');
      return `<path d="M${frame.left} ${at}h${frame.width}"/>${number}`;
    }),
    ...across.ticks.map((tick) =>
      text(said(tick), across.at(tick), bottom + LINE, 'class="faint" text-anchor="middle"'),
    ),
    `<rect class="frame" x="${frame.left}" y="${frame.top}" width="${frame.width}" height="${frame.height}"/>`,
    text(x.label, center, bottom + 2 * LINE, 'text-anchor="middle"'),
    text(
      y.label,
      box.left + 10,
      middle,
      `text-anchor="middle" transform="rotate(-90 ${box.left + 10} ${middle})"`,
    ),
    ...kinds.map(([name, kind]) => drawLine(name, kind)),
    ...points.map(drawLabel),
  ].join('\n');

  function drawLine(name: string, kind: string): string {
    const placed = points
      .filter(({ line }) => line === name)
      .toSorted((one, other) => one.x - other.x)
      .map(({ x, y }) => (y === null ? undefined : { left: round(across.at(x)), top: round(up.at(y)) }));
    const path = placed.map((at, index) => at && `${placed[index - 1] ? 'L' : 'M'}${at.left} ${at.top}`);
    const marks = placed.map((at) => at && `<circle class="${kind}" cx="${at.left}" cy="${at.top}" r="4"/>`);
    return `<path class="line ${kind}" d="${path.join('')}"/>${marks.join('')}`;
  }

  function drawLabel({ x, y, label }: Point): string {
    return y === null || !label ? '' : text(label, across.at(x) + 7, up.at(y) - 7, 'class="faint"');
  }
}

/** Where a number stands between two edges, and which ones are written beside the axis. */
function scaleOf({ log, ticks: given }: Axis, values: number[], [from, to]: [number, number]) {
  const ticks = given ?? (log ? roundPowers(values) : roundSteps(values));
  const on = log ? Math.log10 : (value: number) => value;
  const [least, most] = [Math.min(...ticks, ...values), Math.max(...ticks, ...values)].map(on) as [
    number,
    number,
  ];
  return { ticks, at: (value: number) => from + ((on(value) - least) / (most - least)) * (to - from) };
}

/** 0, 2, 4, 6: up to five steps that reach the largest. */
function roundSteps(values: number[]): number[] {
  const most = Math.max(0, ...values) || 1;
  const power = 10 ** Math.floor(Math.log10(most / 5));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power * 5 >= most) ?? 10);
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step);
}

/** 1, 2, 5, 10: from the one below the least to the one above the largest. */
function roundPowers(values: number[]): number[] {
  const [least, most] = values.length > 0 ? [Math.min(...values), Math.max(...values)] : [1, 10];
  // One power more than it takes: the logarithm of what is nearly a power is that of the power.
  const first = Math.floor(Math.log10(least)) - 1;
  const last = Math.ceil(Math.log10(most)) + 1;
  const all = Array.from({ length: last - first + 1 }, (_, index) => first + index).flatMap((power) =>
    [1, 2, 5].map((factor) => factor * 10 ** power),
  );
  const [below, above] = [all.findLastIndex((tick) => tick <= least), all.findIndex((tick) => tick > most)];
  return all.slice(below, above + 1);
}

function text(said: string, left: number, top: number, attributes = ''): string {
  return `<text x="${round(left)}" y="${round(top)}" ${attributes}>${escape(said)}</text>`;
}

function said(tick: number): string {
  return tick.toLocaleString('en', { maximumSignificantDigits: 3 });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
