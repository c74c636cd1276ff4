/** An answer as it came over the wire, before anything made sense of it. */
export interface RawAnswer {
  method: string;
  status: number;
  text: string;
  retryAfter: string | null;
}

/** A `fetch` that remembers the last answer to each method. */
export function remembering(): { fetch: typeof fetch; last(method: string): RawAnswer | undefined } {
  const answers = new Map<string, RawAnswer>();
  return {
    last: (method) => answers.get(method),
    async fetch(input, init) {
      const request = new Request(input, init);
      const response = await fetch(request);
      const text = await response.clone().text();
      const { status, headers } = response;
      const { method } = request;
      answers.set(method, { method, status, text, retryAfter: headers.get('retry-after') });
      return response;
    },
  };
}
