import { plainFetch, type Fetch } from '../ovh/index.ts';

/** An answer as it came over the wire, before anything made sense of it. */
export interface RawAnswer {
  method: string;
  status: number;
  text: string;
  retryAfter: string | null;
}

/** A `fetch` that remembers the last answer to each method. */
export function remembering(): { fetch: Fetch; last(method: string): RawAnswer | undefined } {
  const answers = new Map<string, RawAnswer>();
  return {
    last: (method) => answers.get(method),
    async fetch(url, sending) {
      const { status, headers, text: read } = await plainFetch(url, sending);
      const text = await read();
      const { method } = sending;
      answers.set(method, { method, status, text, retryAfter: headers.get('retry-after') });
      return { status, headers, text: async () => text };
    },
  };
}
