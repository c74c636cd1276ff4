/** The valid names that a person most likely meant, nearest first. */
export function nearest(name: string, valid: Iterable<string>, howMany = 2): string[] {
  const wanted = name.toLowerCase();
  return [...new Set(valid)]
    .map((candidate) => ({
      candidate,
      distance: distance(wanted, candidate.toLowerCase()),
      alike: commonPrefix(wanted, candidate.toLowerCase()),
    }))
    .sort(
      (a, b) =>
        a.distance - b.distance ||
        b.alike - a.alike ||
        a.candidate.localeCompare(b.candidate, 'en', { numeric: true }),
    )
    .slice(0, howMany)
    .map(({ candidate }) => candidate);
}

/** Of two names that are as far away the one that begins alike is the nearer: b3-16, not b2-7, for b3-9. */
function commonPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

/** Levenshtein's distance: how many letters must change. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries())
      next.push(
        Math.min((row[j] ?? 0) + (letter === other ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1),
      );
    row = next;
  }
  return row[b.length] ?? 0;
}
