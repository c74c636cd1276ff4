import { expect, test } from 'vitest';
import { parseNodeSpec } from '../../src/contract/schemas/node-spec.ts';
import { parseIni } from '../../src/ovh/configuration/parse-ini.ts';
import { Ovh, OvhConfigError, OvhError } from '../../src/ovh/index.ts';
import { credentials, ENDPOINT, OvhServer } from './support/ovh-server.ts';
import { isProof } from '../support/proof.ts';
import { fc } from '../support/properties.ts';

const RUNS = isProof ? 40_000 : 1000;

/* Whatever comes from outside ends in a value or in an error that says what is wrong: never in a crash. */

const word = fc.oneof(
  fc.constantFrom('name', 'region', 'volumes', 'run', 'project', '__proto__', 'constructor', 'toString'),
  fc.string(),
);
const anything = fc.letrec((tie) => ({
  leaf: fc.oneof(
    fc.string(),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom('GRA11', 'b3-8', 'Debian 12', '60m', '../x', '\u0000', '\ud800', 'a'.repeat(5000)),
  ),
  tree: fc.oneof(
    { depthSize: 'small' },
    tie('leaf'),
    fc.array(tie('tree'), { maxLength: 4 }),
    // JSON and YAML make no objects without a prototype.
    fc.dictionary(word, tie('tree'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).tree;

/** A request that makes sense, with one field of it replaced. */
const nearlySpec = fc.tuple(word, anything).map(([key, value]) => ({
  name: 'web-1',
  region: 'GRA11',
  flavor: 'b3-8',
  image: 'Debian 12',
  ...Object.fromEntries([[key, value]]),
}));

test('a spec is understood or refused in one sentence', () => {
  fc.assert(
    fc.property(fc.oneof(anything, nearlySpec), (input) => {
      try {
        expect(parseNodeSpec(input)).toMatchObject({ region: expect.any(String) });
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        expect((error as Error).name).toBe('Error');
        expect((error as Error).message).not.toMatch(/undefined|\[object|\n/);
      }
    }),
    { numRuns: RUNS },
  );
});

test('an ovh.conf is read or refused by its line', () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom('[default]', '[ovh-eu]', 'endpoint=ovh-eu', '; note', '[', ']', '=', 'a==b', '[[x]]'),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      try {
        parseIni(lines.join('\n'), 'ovh.conf');
      } catch (error) {
        expect(error).toBeInstanceOf(OvhConfigError);
        expect((error as Error).message).toContain('ovh.conf');
      }
    }),
    { numRuns: RUNS },
  );
});

test('an answer is understood or is a typed error that shows no secret', async () => {
  const body = fc.oneof(
    anything.map((value) => JSON.stringify(value)),
    fc.string(),
    fc.constantFrom('', 'null', '{"message":', '<html></html>', '[null]', '[[]]', '{"class":7,"message":[]}'),
  );
  const status = fc.constantFrom(200, 200, 200, 201, 204, 302, 400, 403, 404, 409, 429, 500, 503);
  const calls = fc.constantFrom(
    (ovh: Ovh) => ovh.project('p').instances.get('i'),
    (ovh: Ovh) => ovh.project('p').instances.list(),
    (ovh: Ovh) => ovh.project('p').volumes.list(),
    (ovh: Ovh) => ovh.project('p').flavors.list(),
    (ovh: Ovh) => ovh.project('p').images.list(),
    (ovh: Ovh) => ovh.project('p').quotas.list(),
    (ovh: Ovh) => ovh.project('p').operations.get('o'),
    (ovh: Ovh) => ovh.project('p').volumes.delete('v'),
    (ovh: Ovh) => ovh.auth.currentCredential(),
    (ovh: Ovh) => ovh.prices('FR'),
  );
  let answer: { text: string; status: number };
  const server = new OvhServer(() => {
    const { text, status: code } = answer;
    return new Response(code === 204 ? null : text, { status: code });
  });
  await fc.assert(
    fc.asyncProperty(body, status, calls, async (text, code, call) => {
      answer = { text, status: code };
      const ovh = new Ovh({ endpoint: ENDPOINT, credentials, fetch: server.fetch });
      try {
        await call(ovh);
      } catch (error) {
        expect(error).toBeInstanceOf(OvhError);
        const { applicationSecret, consumerKey } = credentials;
        for (const secret of [applicationSecret, consumerKey])
          expect(String((error as Error).stack)).not.toContain(secret);
      }
    }),
    { numRuns: RUNS },
  );
});
