/** One line of the table: what was measured, beside what it is measured against. */
export interface Row {
  name: string;
  ours: string;
  /** What ours stands beside, measured in the same run where it can be: a floor, a peer, an oracle. */
  beside: string;
  /** Ours ÷ beside; absent where there is nothing to divide by. */
  ratio?: number;
  /** What is aimed at: of the ratio where there is one, else of ours. */
  aim: string;
}

export interface BenchOptions {
  /** Fewer nodes and shorter waits: all rows within five minutes. */
  quick: boolean;
  tell(line: string): void;
}

/** One or more rows that are measured together. */
export interface Bench {
  /** What `--only` calls it. */
  name: string;
  about: string;
  run(options: BenchOptions): Promise<Row[]>;
}
