/** A word as a POSIX shell takes it, whatever is in it but NUL, which no argument of any process can hold. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
