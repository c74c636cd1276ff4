import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';
import type { Stack } from '../support/stack.ts';

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  /** Standard output as JSON, line by line. */
  lines(): Record<string, unknown>[];
}

/** The real program in a process of its own, with nothing of this shell's configuration. */
export function startCli(
  args: string[],
  env: NodeJS.ProcessEnv = {},
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [inject('programPath'), ...args], {
    env: { ...inherited(), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    ([stdout, stderr, [code]]): Ended => ({
      code: code as number | null,
      stdout,
      stderr,
      lines: () =>
        stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Record<string, unknown>),
    }),
  );
  return { child, ended };
}

function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^(OVH|TEMPORAL|MOORING|OTEL)_|^(NODE_OPTIONS|FORCE_COLOR|NO_COLOR|TRACEPARENT)$/.test(name),
    ),
  );
}

/** A line of a shell with the program in it: `"$@"` is `mooring` with these arguments, and its code is the line's. */
export async function shell(
  line: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Omit<Ended, 'lines'>> {
  const program = [process.execPath, inject('programPath'), ...args];
  const child = spawn('bash', ['-c', `set -o pipefail; ${line}`, 'bash', ...program], {
    env: { ...inherited(), ...env },
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code: code as number | null, stdout, stderr };
}

export async function cli(
  args: string[],
  { stdin = '', ...env }: NodeJS.ProcessEnv & { stdin?: string } = {},
): Promise<Ended> {
  for (;;) {
    const { child, ended } = startCli(args, env);
    child.stdin?.end(stdin);
    const seen = await ended;
    // On a busy machine the server that all tests share may not answer a command in time: then it is given again.
    const isShared = env['TEMPORAL_ADDRESS'] === inject('temporalAddress');
    if (!isShared || !/no answer within|does not answer any more/.test(seen.stderr + seen.stdout))
      return seen;
  }
}

/** What connects the program with a stack's Temporal and worker. */
export function envOf({ mooring }: Stack): NodeJS.ProcessEnv {
  return { TEMPORAL_ADDRESS: inject('temporalAddress'), MOORING_TASK_QUEUE: mooring.taskQueue };
}

/** The arguments that make the node of `TestProject.spec`. */
export function specArgs(alias: string): string[] {
  return [
    '--project',
    alias,
    '--region',
    'GRA11',
    '--flavor',
    'b3-8',
    '--image',
    'Debian 12',
    '--volume',
    'data:20',
  ];
}
