import { styleText } from 'node:util';

/** Paints text, or leaves it as it is. */
export type Paint = (style: 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', text: string) => string;

export const plain: Paint = (_style, text) => text;

/** Colour only for a terminal, and never against `NO_COLOR` (https://no-color.org) or `--no-color`. */
export function paintFor(
  stream: { isTTY?: boolean | undefined },
  { color = true, env = process.env }: { color?: boolean | undefined; env?: NodeJS.ProcessEnv } = {},
): Paint {
  if (!stream.isTTY || !color || env['NO_COLOR'] || env['TERM'] === 'dumb') return plain;
  // The stream was asked above, by our own rules; Node's would ask standard output instead.
  return (style, text) => styleText(style, text, { validateStream: false });
}
