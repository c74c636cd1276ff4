/** What breaks lines, commands the terminal, or turns the order of what follows around. */
const COMMANDS = /[\p{Cc}\u2028-\u202E\u2066-\u2069]+/gu;

/** Text from elsewhere as one harmless line: line breaks would break the drawing, and escapes command the terminal. */
export function oneLine(text: string): string {
  return harmless(text).trim();
}

/** The same with the blanks around it. */
export function harmless(text: string): string {
  return text.replaceAll(COMMANDS, ' ');
}
