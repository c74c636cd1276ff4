import { parse } from 'yaml';
import { expect, test } from 'vitest';
import { FORMATS, inFormat } from '../../src/cli/output.ts';
import { listResult } from '../../src/cli/show-node.ts';
import type { ListedNode } from '../../src/contract/index.ts';

const node: ListedNode = {
  project: 'main',
  region: 'GRA11',
  name: 'web-1',
  instance: { id: 'i-1', name: 'web-1-abcdefgh', status: 'ACTIVE', publicIpv4: '198.51.100.7' },
  volumes: [{ name: 'data', id: 'v-1', status: 'in-use', size: 20 }],
};

test('one list in every format', () => {
  const result = listResult([node, { ...node, name: 'db', instance: null, volumes: [] }]);
  const [table = '', json = '', jsonl = '', yaml = '', name] = FORMATS.map((format) =>
    inFormat(format, result),
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

test('an empty list prints nothing for people, and an empty list for programs', () => {
  const result = listResult([]);
  expect(inFormat('table', result)).toBe('');
  expect(inFormat('name', result)).toBe('');
  expect(inFormat('json', result)).toContain('"nodes": []');
});
