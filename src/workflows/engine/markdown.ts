/**
 * Somebody else's text inside a line or a cell of a markdown table, as the text that it is: names of images and OVH's own
 * messages can hold anything.
 */
export function inMarkdown(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .replaceAll(/[\\|`*_~[\]<>&]/g, String.raw`\$&`);
}

/** As much of a text as fits into so many bytes of UTF-8, whole characters only. */
export function withinBytes(text: string, most: number): string {
  const encoder = new TextEncoder();
  let used = 0;
  let kept = '';
  for (const character of text) {
    used += encoder.encode(character).length;
    if (used > most) break;
    kept += character;
  }
  return kept;
}
