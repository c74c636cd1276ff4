const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** Paints text, or leaves it as it is. */
export type Paint = (style: keyof typeof CODES, text: string) => string;

export const plain: Paint = (_style, text) => text;

/** Colour only for a terminal, and never against `NO_COLOR` (https://no-color.org) or `--no-color`. */
export function paintFor(
  stream: { isTTY?: boolean | undefined },
  { color = true, env = process.env }: { color?: boolean | undefined; env?: NodeJS.ProcessEnv } = {},
): Paint {
  if (!stream.isTTY || !color || env['NO_COLOR'] || env['TERM'] === 'dumb') return plain;
  return (style, text) => `\u001B[${CODES[style]}m${text}\u001B[0m`;
}
