/** What a guest has said, on one line of a sentence. */
export function shown(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

/** The last line of an output, as people are shown it; of a line that was written over, what it came to. */
export function lastLine(text: string): string | undefined {
  const line = shown(
    text
      .trimEnd()
      .split(/[\r\n]/)
      .at(-1) ?? '',
  );
  return line === '' ? undefined : line.slice(0, 200);
}
