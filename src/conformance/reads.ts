import { OvhApiError, OvhNetworkError } from '../ovh/index.ts';

/** What a call came to: its value, or the refusal that is the answer to a question. */
export type Outcome<T> = { value: T; refusal?: undefined } | { refusal: OvhApiError };

/** @throws whatever is not OVH's refusal: a page of a proxy or a cut connection answers nothing. */
export async function outcomeOf<T>(call: Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await call };
  } catch (error) {
    if (error instanceof OvhApiError && error.fromOvh && error.status < 500 && error.status !== 429)
      return { refusal: error };
    throw error;
  }
}

/** What is there under that id, if anything. */
export async function unlessGone<T>(look: Promise<T>): Promise<T | undefined> {
  const { value, refusal } = { value: undefined, ...(await outcomeOf(look)) };
  if (refusal && refusal.status !== 404) throw refusal;
  return value;
}

/** An overload, a page of a proxy, a cut connection: the same look may succeed a moment later. */
export function mayPass(error: unknown): boolean {
  if (error instanceof OvhNetworkError) return true;
  return error instanceof OvhApiError && (error.status === 429 || error.status >= 500 || !error.fromOvh);
}
