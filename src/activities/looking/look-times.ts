/** Something that becomes ready: by `ms` with this weight. Weights need not add up to one. */
export interface Chance {
  ms: number;
  weight: number;
}

/**
 * When to look at what becomes ready at a moment that is known by chance alone, so that the time by which it is noticed
 * late, plus `lookCostsMs` for every look, is least on average. Whoever looks at these times and has found it not ready
 * yet does best to go on with the rest of them. The checking policy of Barlow, Hunter and Proschan (1963), for
 * discrete chances, by dynamic programming from the last chance back.
 *
 * @param chances in the order of their time
 */
export function lookTimes(chances: readonly Chance[], lookCostsMs: number): number[] {
  const count = chances.length;
  // Sums of all before the index.
  const weights = new Float64Array(count + 1);
  const moments = new Float64Array(count + 1);
  for (const [index, { ms, weight }] of chances.entries()) {
    weights[index + 1] = at(weights, index) + weight;
    moments[index + 1] = at(moments, index) + weight * ms;
  }
  const least = new Float64Array(count + 1);
  const next = new Uint32Array(count);
  for (let from = count - 1; from >= 0; from -= 1) {
    const looking = lookCostsMs * (at(weights, count) - at(weights, from));
    least[from] = Number.POSITIVE_INFINITY;
    for (const [look, { ms }] of chances.entries()) {
      if (look < from) continue;
      const late =
        ms * (at(weights, look + 1) - at(weights, from)) - (at(moments, look + 1) - at(moments, from));
      if (late >= at(least, from)) break; // later ones are later still
      const cost = late + looking + at(least, look + 1);
      if (cost >= at(least, from)) continue;
      least[from] = cost;
      next[from] = look;
    }
  }
  const times: number[] = [];
  for (let from = 0; from < count; from = at(next, from) + 1)
    times.push(chances[at(next, from)]?.ms ?? Number.NaN);
  return times;
}

function at(values: { [index: number]: number }, index: number): number {
  return values[index] ?? 0;
}
