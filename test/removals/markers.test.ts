import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { markedCode } from './marked-code.ts';
import { removals } from './removals.ts';

/* That each rule's code can still be found, and its test; `npm run test:removals` takes it out. */

const root = fileURLToPath(new URL('../..', import.meta.url));

test('the code of every rule is marked, once', async () => {
  const marked = (await markedCode(root)).map(({ id }) => id);
  expect(marked.toSorted()).toEqual(removals.map(({ id }) => id).toSorted());
});

test.each(removals)('rule $id, $rule: its test is there', async ({ test: file, name }) => {
  expect(await readFile(file, 'utf8')).toContain(name);
});
