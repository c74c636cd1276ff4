/** Text from elsewhere as one harmless line: line breaks would break the drawing, and escapes command the terminal. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}
