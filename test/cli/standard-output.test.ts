import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { shell } from './run-cli.ts';

const spec = ['validate', 'web-1', '--region', 'GRA11', '--flavor', 'b3-8', '--image', 'Debian 12'];
const outputs: [what: string, args: string[]][] = [
  ...(['table', 'json', 'jsonl', 'yaml', 'name'] as const).map((format): [string, string[]] => [
    format,
    [...spec, '-o', format],
  ]),
  ['a completion script', ['completion', 'fish']],
  ['help', ['--help']],
  ["a command's help", ['provision', '--help']],
  ['the version', ['--version']],
];

describe('what did not arrive is no success', () => {
  test.each(outputs)('a disk that is full: %s', async (_what, args) => {
    expect(await shell('"$@" > /dev/full', args)).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^error: cannot write to standard output: ENOSPC: [^\n]*\n$/),
    });
  });

  test.each(outputs)('a reader that went away: %s', async (_what, args) => {
    // The descriptor is held by a process that has ended before anything is written.
    expect(await shell('"$@" | true', args)).toEqual({ code: 141, stdout: '', stderr: '' });
  });

  test('a disk that takes the beginning only', async () => {
    const file = join(await temporaryFolder(), 'completion');
    // No file of this program's may be longer, so tsx must not leave half a cache behind.
    const { code, stderr } = await shell(`(ulimit -f 1; "$@" > ${file})`, ['completion', 'bash'], {
      TSX_DISABLE_CACHE: '1',
    });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('error: cannot write to standard output: EFBIG'),
    });
    expect(await readFile(file)).toHaveLength(1024);
  });

  test('a command that had failed keeps its own code', async () => {
    const env = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const { code, stderr } = await shell('"$@" | true', ['list', '--json'], env);
    expect(code).toBe(7);
    expect(stderr).toMatch(/^error: Temporal at 127\.0\.0\.1:1 [^\n]*\n$/);
  });
});

test('what fits arrives whole, in a file and through a pipe', async () => {
  const file = join(await temporaryFolder(), 'completion');
  const [filed, piped] = await Promise.all([
    shell(`"$@" > ${file}`, ['completion', 'bash']),
    shell('"$@" | cat', ['completion', 'bash']),
  ]);
  expect([filed.code, piped.code]).toEqual([0, 0]);
  expect(await readFile(file, 'utf8')).toBe(piped.stdout);
});
