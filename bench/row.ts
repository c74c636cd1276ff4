import type { Chart, Point } from './chart.ts';

/** One line of the table: what was measured, beside what it is measured against. */
export interface Row {
  name: string;
  ours: string;
  /** A floor, a peer or an oracle, in the same run; the aim itself where there is none. */
  beside: string;
  /** Ours ÷ beside. */
  ratio: number;
  /** What is aimed at: of the ratio, unless it says otherwise. */
  aim: string;
  /** What the chart of its bench shows of it, and of what it stands beside. */
  points?: Point[];
}

interface BenchOptions {
  /** Fewer nodes and shorter waits: all rows in about five minutes on a machine that does nothing else. */
  quick: boolean;
  tell(line: string): void;
}

/** One or more rows that are measured together. */
export interface Bench {
  /** What `--only` calls it. */
  name: string;
  about: string;
  /** It does little but wait: `--quick` runs those side by side. */
  waits?: true;
  /** What `--plot` draws of its rows. */
  chart?: Chart;
  run(options: BenchOptions): Promise<Row[]>;
}
