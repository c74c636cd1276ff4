import { z } from 'zod';
import { OvhSchemaError } from './errors/ovh-schema-error.ts';
import { problemsOf, queryIdOf, readValue, type Asked } from './read-answer.ts';

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
  const { region: own } = record as { region?: unknown };
  return own === undefined || own === region;
}

/** Where neither can be read, it is nobody's. */
function nameable(value: unknown): Pick<Unread, 'id' | 'name'> {
  const text = z.string().nullable().catch(null);
  const record = z.object({ id: text, name: text });
  return record.safeParse(value).data ?? { id: null, name: null };
}
