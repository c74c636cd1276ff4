import { parse } from 'yaml';
import { expect, onTestFinished, test, vi } from 'vitest';
import { FORMATS, inFormat } from '../../src/cli/output.ts';
import { errorSentence, reportError } from '../../src/cli/report-error.ts';
import { listResult, runResult } from '../../src/cli/show-node.ts';
import { textTable } from '../../src/cli/text-table.ts';
import type { ListedNode } from '../../src/contract/index.ts';

const node: ListedNode = {
  project: 'main',
  region: 'GRA11',
  name: 'web-1',
  instance: { id: 'i-1', name: 'web-1-abcdefgh', status: 'ACTIVE', publicIpv4: '198.51.100.7' },
  volumes: [{ name: 'data', id: 'v-1', status: 'in-use', size: 20 }],
};

test('one list in every format', async () => {
  const result = listResult([node, { ...node, name: 'db', instance: null, volumes: [] }]);
  const [table = '', json = '', jsonl = '', yaml = '', name] = await Promise.all(
    FORMATS.map((format) => inFormat(format, result)),
  );
  expect(table).toBe(
    [
      'NODE   PROJECT  REGION  STATUS       ADDRESS       VOLUMES  INSTANCE',
      'web-1  main     GRA11   ACTIVE       198.51.100.7  data:20  i-1',
      'db     main     GRA11   no instance  -             -        -',
    ].join('\n'),
  );
  expect(JSON.parse(json)).toEqual(result.value);
  expect(parse(yaml)).toEqual(result.value);
  expect(jsonl.split('\n').map((line) => JSON.parse(line) as unknown)).toEqual(result.lines);
  expect(name).toBe('node.main.GRA11.web-1\nnode.main.GRA11.db');
});

test('what a reap deleted of a node is shown as it is: it says of nothing that it was kept', async () => {
  const result = { deleted: [{ kind: 'volume' as const, id: 'v-1', name: 'web-1-data-abcdefgh' }] };
  expect(JSON.parse(await inFormat('table', runResult(result, 'node.main.GRA11.web-1')))).toEqual(result);
});

test('an empty list prints nothing for people, and an empty list for programs', async () => {
  const result = listResult([]);
  expect(await inFormat('table', result)).toBe('');
  expect(await inFormat('name', result)).toBe('');
  expect(await inFormat('json', result)).toContain('"nodes": []');
});

test('text from elsewhere commands no terminal, and breaks no line', async () => {
  const name = 'web\u001B[2J\r\nroot\u202Etxt\u009B31m';
  expect(
    textTable([
      ['KEY', 'ID'],
      [name, 'k-1'],
    ]),
  ).toBe('KEY                   ID\nweb [2J root txt 31m  k-1');
  expect(await inFormat('name', { value: null, table: '', names: [name] })).toBe('web [2J root txt 31m');
  for (const format of ['json', 'jsonl', 'yaml'] as const)
    expect(await inFormat(format, { value: { name }, table: '', names: [] })).not.toContain('\u001B');
  expect(errorSentence(new Error(name))).toBe('web [2J root txt 31m');
  expect(errorSentence(name)).toBe('web [2J root txt 31m');
});

test('what programs read is harmless on a terminal too, and is what it was', async () => {
  const every = [
    ...[0x1b, 0x7f, ...Array.from({ length: 0x20 }, (_, index) => 0x80 + index)],
    ...[0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069],
  ].map((code) => String.fromCodePoint(code));
  const value = Object.fromEntries(every.map((each) => [`key${each}`, `a ${each}31m ${each}\nsecond line`]));
  const result = { value, table: '', names: [] };

  for (const format of ['json', 'jsonl', 'yaml'] as const) {
    const text = await inFormat(format, result);
    for (const each of every) expect(text).not.toContain(each);
    expect(format === 'yaml' ? parse(text) : JSON.parse(text)).toEqual(value);
  }
});

test('what is harmless stays readable in YAML', async () => {
  const value = { name: 'été', text: 'one\ntwo\n', list: [1, null] };

  expect(await inFormat('yaml', { value, table: '', names: [] })).toBe(
    'name: été\ntext: |\n  one\n  two\nlist:\n  - 1\n  - null',
  );
});

test('a stack commands no terminal', () => {
  const written: string[] = [];
  const write = vi
    .spyOn(process.stderr, 'write')
    .mockImplementation((text) => written.push(String(text)) > 0);
  onTestFinished(() => write.mockRestore());

  reportError(new Error('web\u009B2J\u001B[2J\u202E'), { MOORING_DEBUG: '1' });

  expect(written.join('')).toMatch(/Error: web 2J \[2J[^]*\n {4}at /);
  for (const each of ['\u001B', '\u009B', '\u202E']) expect(written.join('')).not.toContain(each);
});
