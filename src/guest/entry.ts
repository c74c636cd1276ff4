import { quoted } from './quoted.ts';

/** What a script is called with. */
export interface Call {
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}

/**
 * The file by which the runner begins a script: it tells who runs, deletes itself, and becomes the script. Arguments and
 * environment stand here and in no command line, so nobody sees them in `ps`, and the file is gone once it is read.
 *
 * `salt` goes into the file's digest, which does stand in a command line: without it a short secret could be guessed.
 */
export function entryFile({ args, env }: Call, salt: string): string {
  return [
    `# ${salt}`,
    'ln -s $$ "$1/pid"',
    'rm -f "$0"',
    // Whoever descends from the script bears it, and is found by it where the script is stopped.
    'export MOORING_RUN="${1##*/}"',
    ...Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}`),
    // Named by no variable: each name is free for the script's own.
    ['exec "$1/script"', ...args.map(quoted)].join(' '),
    '',
  ].join('\n');
}
