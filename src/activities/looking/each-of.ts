/** Asks for each, so many at once; answers in their order. @throws the first error, and asks for no more after it */
export async function eachOf<One, Answer>(
  all: readonly One[],
  atOnce: number,
  ask: (one: One) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  // A generator ends for all lanes as soon as one of them throws.
  const next = (function* () {
    yield* all.entries();
  })();
  const lane = async () => {
    for (const [at, one] of next) answers[at] = await ask(one);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, lane));
  return answers;
}
