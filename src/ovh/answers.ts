import { z } from 'zod';
import { fieldsOf } from '../contract/unknown.ts';
import { OvhApiError, OvhSchemaError } from './errors.ts';

/**
 * `Retry-After` is heeded for one minute at most, wherever it says when to come back. OVH counts by the second; what asks
 * for hours is a proxy, or a mistake, and whoever undoes something asks again within a minute whatever is said.
 */
export const LONGEST_RETRY_AFTER_MS = 60_000;

/** `Retry-After` in milliseconds: seconds, or an HTTP date. Undefined where it says nothing, or a time that is past. */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - now;
  return ms > 0 ? Math.min(ms, LONGEST_RETRY_AFTER_MS) : undefined;
}

/** What was asked, as errors name it. */
export interface Asked {
  method: string;
  path: string;
}

/** Three shapes: `errorCode` from the gateway, `class` and `details` from the services, RFC 6749 for tokens. */
const ovhRefusal = z.object({
  message: z.string(),
  class: z.string().optional().catch(undefined),
  errorCode: z.string().optional().catch(undefined),
  details: z.record(z.string(), z.unknown()).optional().catch(undefined),
});
const refusal = z.union([
  ovhRefusal,
  z
    .object({ error: z.string(), error_description: z.string().optional() })
    .transform(({ error, error_description }) => ({ message: error_description ?? error, errorCode: error })),
]);

type OvhRefusal = z.infer<typeof ovhRefusal>;

const MOST_PROBLEMS = 5;

/**
 * The value of a 2xx answer. An empty body counts as `null`: void calls answer with 200 and `null`, 200 and
 * nothing, or 204.
 *
 * @throws OvhSchemaError
 */
export async function readValue<T>(asked: Asked, response: Response, schema: z.ZodType<T>): Promise<T> {
  const fail = (problems: string[]) =>
    new OvhSchemaError({ ...asked, status: response.status, queryId: queryIdOf(response), problems });
  const text = await response.text();
  const body = text === '' ? { value: null } : parseJson(text);
  if (!body) throw fail(['the body is not JSON']);
  const parsed = schema.safeParse(body.value);
  if (parsed.success) return parsed.data;
  throw fail(problemsOf(parsed.error));
}

/** What is wrong with a value, one sentence each; `at` is where it stood, such as its place in a list. */
function problemsOf({ issues }: z.ZodError, ...at: number[]): string[] {
  return issues.slice(0, MOST_PROBLEMS).map(({ path, message }) => {
    const place = [...at, ...path].join('.');
    return place === '' ? message : `${place}: ${message}`;
  });
}

/** The error of an answer that is not 2xx. `now` is the epoch time in ms, for a `Retry-After` that is a date. */
export async function readError(asked: Asked, response: Response, now: number): Promise<OvhApiError> {
  const { status, headers } = response;
  const body = parseJson(await response.text());
  const parsed = refusal.safeParse(body?.value);
  const known: Partial<OvhRefusal> = parsed.success ? parsed.data : {};
  const { message, class: ovhClass, errorCode, details } = known;
  return new OvhApiError({
    ...asked,
    status,
    fromOvh: parsed.success,
    // The text of a page that is not OVH's is dropped: a proxy may print the headers it received.
    reason: message ?? `an answer that is not OVH's (${headers.get('content-type') ?? 'no content type'})`,
    ovhClass,
    errorCode,
    details,
    queryId: queryIdOf(response),
    retryAfterMs: retryAfterMs(headers.get('retry-after'), now),
  });
}

function parseJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function queryIdOf(response: Response): string | undefined {
  return response.headers.get('x-ovh-queryid') ?? undefined;
}

/** A record of a list that is not what the API promises, with what could be read of it. */
export interface Unread {
  id: string | null;
  name: string | null;
  /** What is wrong with it. */
  error: OvhSchemaError;
}

/** Kept beside the lists, so that a list is an array like any other for all who look for nothing of their own in it. */
const unreadOf = new WeakMap<readonly unknown[], Unread[]>();

/**
 * Throws where a list has a record of ours that could not be read. Whoever concludes from a list that something is *not*
 * there asks this first: otherwise an odd record of ours would look like none, and a second thing would be made.
 *
 * @param list exactly as a client's `list` returned it: a copy knows nothing of what was left out.
 * @throws OvhSchemaError
 */
export function refuseUnread(list: readonly unknown[], isOurs: (record: Unread) => boolean): void {
  const ours = unreadOf.get(list)?.find(isOurs);
  if (ours) throw ours.error;
}

/**
 * The records of a list, one by one: what cannot be read is left out, or a single odd record of somebody else's would
 * make every list of the region fail. `refuseUnread` knows what was left out.
 *
 * A list that was asked for one region has that region's records alone. Where not a single one is of it, it is the
 * answer to another question, and throws: believed, it would say that nothing is there. Where some are, the others are
 * left out: that is what OVH would answer if it did not heed the filter, and what was asked for is there all the same.
 *
 * @throws OvhSchemaError
 */
export async function readList<T>(
  asked: Asked & { region?: string | undefined },
  response: Response,
  record: z.ZodType<T>,
): Promise<T[]> {
  const { method, path, region } = asked;
  const values = await readValue(asked, response, z.array(z.unknown()));
  const fail = (problems: string[]) =>
    new OvhSchemaError({ method, path, status: response.status, queryId: queryIdOf(response), problems });
  const read: T[] = [];
  const unread: Unread[] = [];
  for (const [index, value] of values.entries()) {
    const { success, data, error } = record.safeParse(value);
    if (success) read.push(data);
    else unread.push({ ...nameable(value), error: fail(problemsOf(error, index)) });
  }
  const list = region ? read.filter((each) => isOf(region, each)) : read;
  if (list.length === 0 && read.length > 0)
    throw fail(['it answered with another region than was asked for']);
  if (unread.length > 0) unreadOf.set(list, unread);
  return list;
}

/** What has no region of its own, such as a key, is of every region that it was listed for. */
function isOf(region: string, record: unknown): boolean {
  const { region: own } = fieldsOf(record);
  return own === undefined || own === region;
}

/** Where neither can be read, it is nobody's. */
function nameable(value: unknown): Pick<Unread, 'id' | 'name'> {
  const text = z.string().nullable().catch(null);
  const record = z.object({ id: text, name: text });
  return record.safeParse(value).data ?? { id: null, name: null };
}
