import { InvalidArgumentError, Option } from 'commander';
import { durationMs } from '../contract/index.ts';

/** `90s`, `10m`, `2h` in milliseconds. */
export function parseDuration(text: string): number {
  if (!/^[1-9]\d{0,5}[smh]$/.test(text))
    throw new InvalidArgumentError('It must be a duration such as "90s", "10m" or "2h".');
  return durationMs(text);
}

/** An option that takes a duration and has one where nobody says another: the help shows it as people write it. */
export function durationOption(flags: string, description: string, unlessSaid: string): Option {
  return new Option(flags, description)
    .argParser(parseDuration)
    .default(parseDuration(unlessSaid), unlessSaid);
}

/** `0.4 s`, `42.0 s`, `3 min 20 s`. */
export function showDuration(ms: number): string {
  if (ms < 100_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
