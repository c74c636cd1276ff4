import { z } from 'zod';
import { OvhApiError } from './errors/ovh-api-error.ts';
import { OvhSchemaError } from './errors/ovh-schema-error.ts';
import { retryAfterMs } from './retry-after.ts';

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
export function problemsOf({ issues }: z.ZodError, ...at: number[]): string[] {
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

export function queryIdOf(response: Response): string | undefined {
  return response.headers.get('x-ovh-queryid') ?? undefined;
}
