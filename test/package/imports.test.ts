import { cp, mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { packagesImportedBy } from './imports.ts';
import { root } from './pack.ts';

interface Manifest {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional?: boolean }>;
  exports: Record<string, string | { types: string; default: string }>;
  bin: Record<string, string>;
}

const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
const { dependencies, devDependencies, peerDependencies, peerDependenciesMeta } = manifest;
const src = join(root, 'src');
const entries = Object.entries(manifest.exports).flatMap(([name, way]) =>
  typeof way === 'string' ? [] : [[name, sourceOf(way.default)] as const],
);

/** What commands load that is no entry of the package. */
const ofCommands = ['cli/doctor/examine.ts', 'cli/run-conformance.ts'].map(
  (file) => [file, join(src, file)] as const,
);

test.each([...entries, ...ofCommands])(
  '%s imports nothing at once that a plain install does not bring',
  async (_name, source) => {
    const found = await packagesImportedBy(source);
    const absent = [...found].filter(([name]) => !(name in dependencies));
    expect(Object.fromEntries(absent)).toEqual({});
  },
);

test('the command line and each of its commands import commander alone, and the rest when they need it', async () => {
  const commands = (await readdir(join(src, 'cli/commands'))).map((file) => join(src, 'cli/commands', file));
  for (const file of [sourceOf(manifest.bin['mooring'] ?? ''), ...commands]) {
    const { commander: _commander, ...others } = Object.fromEntries(await packagesImportedBy(file));
    expect({ file, others }).toEqual({ file, others: {} });
  }
});

test('the contract imports nothing, so that workflows of others may', async () => {
  const [, source = ''] = entries.find(([name]) => name === './contract') ?? [];
  expect([...(await packagesImportedBy(source)).keys()]).toEqual([]);
});

test('every dependency is imported by something, or says why it is there', async () => {
  const files = [
    'cli/main.ts',
    'worker/worker.ts',
    'worker/logger.ts',
    'worker/otlp-traces.ts',
    'simulator/index.ts',
    'temporal/codec/codec-server.ts',
  ];
  const found = await Promise.all(
    [...entries.map(([, source]) => source), ...files.map((file) => join(src, file))].map(packagesImportedBy),
  );
  const imported = new Set(found.flatMap((packages) => [...packages.keys()]));
  // Imported by name where it is asked for, not before; and protobufjs (see CONTRIBUTING.md).
  const elsewhere = ['pino', 'protobufjs', 'selfsigned', 'ssh2'];
  const all = Object.keys({ ...dependencies, ...peerDependencies });
  expect(all.filter((name) => !imported.has(name) && !elsewhere.includes(name))).toEqual([]);
});

test('what is optional for others is there in a clone', () => {
  for (const name of Object.keys(peerDependencies)) {
    expect(peerDependenciesMeta[name]).toEqual({ optional: true });
    expect(devDependencies[name]).toBeDefined();
  }
});

test('a command that needs more than is installed says what to install', async () => {
  const folder = await temporaryFolder();
  const built = dirname(dirname(dirname(inject('programPath'))));
  await cp(join(built, 'dist'), join(folder, 'dist'), { recursive: true });
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  for (const name of Object.keys(dependencies)) {
    await mkdir(dirname(join(folder, 'node_modules', name)), { recursive: true });
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  const mooring = (...args: string[]) =>
    promisify(execFile)(process.execPath, [join(folder, 'dist/cli/main.js'), ...args]);
  await expect(mooring('dev')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(
      /^error: mooring dev needs packages that are not installed: npm install @temporalio\/worker@1\.\d+\.\d+ .*hono@\d+\.\d+ .*\n$/,
    ) as string,
  });
  await expect(mooring('--version')).resolves.toMatchObject({ stderr: '' });
});

/** `./dist/cli/main.js` → `…/src/cli/main.ts`. */
function sourceOf(built: string): string {
  return join(root, built.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts'));
}
