import { createHash } from 'node:crypto';
import type { Workflows } from '../contract/index.ts';
import { holdingRow, type HoldingType } from '../contract/schemas/workflow-types.ts';
import { fieldsOf } from '../contract/unknown.ts';

/**
 * A hash of what a checked request asks for: whoever asks for the same while it runs joins it. Taken of what differs from
 * the defaults, so that a version that knows one more field finds the same spec to be the same.
 */
export function fingerprint(
  type: HoldingType,
  request: Workflows[HoldingType]['request'],
  { parse, what }: Pick<ReturnType<typeof holdingRow>, 'parse' | 'what'> = holdingRow(type),
): string {
  const asked = fieldsOf(canonical(what(request)));
  return createHash('sha256')
    .update(`${type} ${JSON.stringify(differing(asked, (written) => meaning(parse, what, written)))}`)
    .digest('hex')
    .slice(0, 32);
}

/** What a request as it is written comes to; undefined where the check refuses it. */
function meaning<Request>(
  parse: (input: unknown) => Request,
  what: (request: Request) => object,
  written: unknown,
): string | undefined {
  try {
    return JSON.stringify(canonical(what(parse(written))));
  } catch {
    return undefined;
  }
}

/** Without every key, however deep, that means the same when it is left out. */
function differing(
  asked: Record<string, unknown>,
  meaningOf: (written: unknown) => string | undefined,
): Record<string, unknown> {
  const whole = meaningOf(asked);
  const prune = (part: unknown): void => {
    if (part === null || typeof part !== 'object') return;
    if (!Array.isArray(part))
      for (const key of Object.keys(part)) {
        const fields = fieldsOf(part);
        const value = fields[key];
        delete fields[key];
        if (meaningOf(asked) !== whole) fields[key] = value;
      }
    for (const inner of Object.values(part)) prune(inner);
  };
  prune(asked);
  // A key that was put back came to stand last.
  return fieldsOf(canonical(asked));
}

/** A copy with every object's keys in order. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, canonical(inner)]),
  );
}
