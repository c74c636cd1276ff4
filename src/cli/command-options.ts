import { Option, type Command } from 'commander';
import { parseDuration } from './duration.ts';
import { FORMATS, type Format } from './output.ts';

/** What every command that prints a result understands. */
export interface OutputOptions {
  output: Format;
  json?: boolean;
  quiet?: boolean;
  color?: boolean;
}

/** What every command that waits for a run understands. */
export interface WaitOptions extends OutputOptions {
  detach?: boolean;
  /** Milliseconds. */
  timeout?: number;
}

export function withOutputOptions(command: Command): Command {
  return command
    .addOption(new Option('-o, --output <format>', 'what to print').choices(FORMATS).default('table'))
    .option('--json', 'short for -o json')
    .option('-q, --quiet', 'no progress on standard error')
    .option('--no-color', 'no colour (as NO_COLOR)');
}

export function withWaitOptions(command: Command, { detach = true } = {}): Command {
  if (detach) command.option('--detach', 'start it, print its ids and return');
  return withOutputOptions(
    command.option('--timeout <duration>', 'stop waiting after, such as 10m; the run goes on', parseDuration),
  );
}

export function formatOf({ json, output }: Pick<OutputOptions, 'json' | 'output'>): Format {
  return json ? 'json' : output;
}
