import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { operationFor, violations } from '../simulator/conformance.ts';
import { createBench } from '../simulator/support.ts';
import { meant, type RecordedCall } from './recording.ts';
import { replayed } from './replayed.ts';

/*
 * What clients that know nothing of Mooring have sent, sent again: everything is answered as it was. The clients that the
 * suite runs are recorded by `MOORING_RECORD=1 npx vitest run test/strangers`, the others by `record.ts`.
 */

const folder = new URL('recorded/', import.meta.url);
const clients = readdirSync(folder).filter((name) => name.endsWith('.json'));

/** Recorded calls were as far apart as this; a wait for something is a little longer here. */
const WAITED_MS = 20;

test.each(clients)('%s is answered as it was', async (client) => {
  const calls = JSON.parse(readFileSync(new URL(client, folder), 'utf8')) as RecordedCall[];
  const bench = createBench({ ...replayed, switches: { listNulls: 'null' } });
  const { projectId } = bench.simulator.first;
  const answers: unknown[] = [];
  for (const [index, call] of calls.entries()) {
    const { method, status } = call;
    bench.clock.advance(call.after + (call.after > WAITED_MS ? WAITED_MS : 0));
    const path = meant(call.path, answers, projectId);
    const answer = await bench.caller.call(method, path, undefined, {
      ...(call.body !== undefined && { rawBody: meant(call.body, answers, projectId) }),
      ...(call.contentType !== undefined && { headers: { 'Content-Type': call.contentType } }),
    });
    const returns = operationFor(method, path)?.returns ?? 'unknown';
    const wrong = answer.status === 200 ? violations(answer.body, returns) : [];
    expect({ index, method, path, status: answer.status, said: answer.body?.message, wrong }).toEqual({
      index,
      method,
      path,
      status,
      said: status === 200 ? undefined : expect.any(String),
      wrong: [],
    });
    answers[index] = answer.body;
  }
});
