import { expect, test } from 'vitest';
import { isProof, sampled } from '../support/proof.ts';
import { contract, operationFor } from './conformance.ts';
import { sessions } from './sessions/index.ts';
import { createBench, type Answer, type Bench } from './support.ts';

/*
 * What the contract allows is taken. Every body of the sessions is sent again with each of its optional fields, at any
 * depth, left out, null, and as the zero, empty string, empty list, empty object or false of its type. What is refused all
 * the same has a reason here. `npm run test:proof` sends all of them, `npm test` one in six.
 */

class Enough extends Error {}

/** Runs a session up to its nth request with a body, sends `instead` of it, and tells what became of it. */
async function upTo(session: (bench: Bench) => Promise<void>, nth: number, instead?: object) {
  const bench = createBench();
  const { caller } = bench;
  const send = caller.project.bind(caller);
  let count = 0;
  let seen: { method: string; path: string; body: object; answer: Answer } | undefined;
  caller.project = async (method, path, body, overrides) => {
    if (typeof body !== 'object' || body === null) return send(method, path, body, overrides);
    count += 1;
    if (count < nth) return send(method, path, body, overrides);
    seen = { method, path, body, answer: await send(method, path, instead ?? body, overrides) };
    throw new Enough();
  };
  await session(bench).catch((error: unknown) => {
    if (!(error instanceof Enough)) throw error;
  });
  return seen;
}

/** The same body with one optional field changed, for each of them and each of its changes. */
function variantsOf(body: object, type: string, at = ''): { at: string; body: object }[] {
  const properties = contract.models[type]?.properties ?? {};
  return Object.entries(properties).flatMap(([key, { type: inner, required }]) => {
    const value = (body as Record<string, unknown>)[key];
    const put = (changed: unknown) => ({ ...body, [key]: changed });
    const { [key]: _left, ...without } = body as Record<string, unknown>;
    const own = required
      ? []
      : [
          { at: `${at}${key} absent`, body: without },
          ...[null, ...nothingOf(inner)].map((nothing) => ({
            at: `${at}${key} = ${JSON.stringify(nothing)}`,
            body: put(nothing),
          })),
        ];
    const deeper =
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? variantsOf(value, inner, `${at}${key}.`).map((each) => ({ ...each, body: put(each.body) }))
        : [];
    return [...own, ...deeper];
  });
}

function nothingOf(type: string): unknown[] {
  if (type.endsWith('[]')) return [[]];
  if (type === 'long') return [0];
  if (type === 'boolean') return [false];
  if (type === 'string' || type === 'text') return [''];
  const model = contract.models[type];
  return model?.properties && Object.values(model.properties).every(({ required }) => !required) ? [{}] : [];
}

/** Why a request that the contract allows is refused; each has met one. */
const reasons: [sentence: RegExp, why: string][] = [
  [
    /exactly one of imageId and volumeId is needed/,
    'an instance boots from something, which two optional fields say',
  ],
  [/missing network input/, 'OVH itself refuses it in these words, though nothing in `network` is required'],
  [
    /exactly one of network and networkCreate is needed/,
    'a private network is one that is there or a new one',
  ],
  [/does not belong to the type cloud\.instance\.CreateInput/, 'an object of an order that names nothing'],
  [
    /does not belong to the type cloud\.instance\.AutoBackup|received: (cron|rotation)$/,
    'a backup by schedule without its schedule',
  ],
  [/Subnet .* has gateway .* already/, 'a second gateway, which the order asks for by an empty object'],
  [/received: availabilityZone:<nil>$/, 'a volume in a region of several zones is in one of them'],
  [/received: size$/, 'a volume has a size, unless it is made from a backup'],
  [/received: snapshotIds$/, 'snapshots are deleted all, or by id'],
];

test('what the contract allows is taken, but for a short list', async () => {
  const unexplained: string[] = [];
  const met = new Set<RegExp>();
  const tried = new Set<string>();
  for (const session of sessions) {
    for (let nth = 1; ; nth += 1) {
      const base = await upTo(session, nth);
      if (!base) break;
      const operation = operationFor(base.method, `/cloud/project/x${base.path}`);
      const type = operation?.params.find((each) => each.in === 'body')?.type ?? '';
      const called = `${base.method} ${operation?.path} ${Object.keys(base.body).join()}`;
      if (base.answer.status !== 200 || tried.has(called)) continue;
      tried.add(called);
      for (const { at, body } of sampled(variantsOf(base.body, type), ({ at }) => at.split(' ')[0] ?? at)) {
        const { answer } = (await upTo(session, nth, body)) ?? {};
        if (answer?.status === 200) continue;
        const [reason] = reasons.find(([sentence]) => sentence.test(answer?.body?.message)) ?? [];
        if (reason) met.add(reason);
        else unexplained.push(`${base.method} ${base.path} ${at}: ${answer?.body?.message}`);
      }
    }
  }
  expect(unexplained).toEqual([]);
  if (isProof) expect(reasons.filter(([sentence]) => !met.has(sentence))).toEqual([]);
});
