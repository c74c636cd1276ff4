/*
 * `npm run test:proof -- package`: somebody installs the package into an empty project and uses it. First as one who only
 * starts and watches; then with what the package itself says is missing, as one who also works. The versions are those of
 * our lockfile, from npm's cache where they are in it. It says how much each of the two installs.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startEmbeddedServer } from '../../src/temporal/embedded-server.ts';
import { pack, root } from './pack.ts';

const folder = await mkdtemp(join(tmpdir(), 'mooring-consumer-'));
const project = join(folder, 'project');
const inProject = async (program: string, args: string[], env: NodeJS.ProcessEnv = {}) =>
  promisify(execFile)(program, args, { cwd: project, env: { ...process.env, ...env }, maxBuffer: 2 ** 26 });
const say = (line: string) => process.stdout.write(`${line}\n`);

try {
  const { tarball } = await pack(folder);
  await cp(new URL('consumer', import.meta.url), project, { recursive: true });
  await writeGuideExamples();
  await emptyProject();

  await install(tarball, await own('@types/node'));
  say(`starts and watches: ${await size()}`);
  await compile('watch.ts');
  await inProject('node', ['out/watch.js']);
  const sentences = await Promise.all([
    refusalOf('node_modules/.bin/mooring', ['dev']),
    refusalOf('node', ['--eval', "import('mooring/worker').then(({ startWorker }) => startWorker({}))"]),
    refusalOf('node', ['--eval', "import('mooring/simulator')"]),
  ]);
  for (const sentence of sentences)
    if (!/needs packages that are not installed: npm install \S/.test(sentence))
      throw new Error(`it does not say what is missing: ${sentence}`);

  // Word for word, as a person would copy it.
  const [, missing = ''] = /npm install (.*)/.exec(sentences[0] ?? '') ?? [];
  await install(...missing.split(' '));
  say(`works, too: ${await size()}`);
  await compile();
  await noTypesOfOursAreWrong();
  const server = await startEmbeddedServer({ log: () => undefined });
  try {
    const { stdout } = await inProject('node', ['out/provision.js'], { TEMPORAL_ADDRESS: server.address });
    say(stdout.trim());
  } finally {
    await server.stop();
  }
} catch (error) {
  const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
  process.stderr.write(`${message}\n${stdout}\n${stderr}\n`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true });
}

/** A lockfile beside it says only which versions npm takes of what is asked for. */
async function emptyProject(): Promise<void> {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, object>;
  };
  const manifest = { name: 'consumer', private: true, type: 'module' };
  lock.packages[''] = { name: 'consumer' };
  await writeFile(join(project, 'package.json'), JSON.stringify(manifest));
  await writeFile(
    join(project, 'package-lock.json'),
    JSON.stringify({ name: 'consumer', lockfileVersion: 3, requires: true, packages: lock.packages }),
  );
  await cp(join(root, '.npmrc'), join(project, '.npmrc'));
}

async function own(name: string): Promise<string> {
  const { version } = JSON.parse(
    await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8'),
  ) as {
    version: string;
  };
  return `${name}@${version}`;
}

async function install(...packages: string[]): Promise<void> {
  const quietly = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  await inProject('npm', ['install', ...quietly, ...packages]);
}

/** Compiles everything or one file, strictly, as the consumer's own. */
async function compile(file?: string): Promise<void> {
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  if (!file) return void (await inProject(tsc, ['--project', '.']));
  const config = JSON.parse(await readFile(join(project, 'tsconfig.json'), 'utf8')) as object;
  await writeFile(
    join(project, 'tsconfig.one.json'),
    JSON.stringify({ ...config, include: undefined, files: [file] }),
  );
  await inProject(tsc, ['--project', 'tsconfig.one.json']);
}

/** Temporal's own types do not bear such strictness; ours must. */
async function noTypesOfOursAreWrong(): Promise<void> {
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  const said = await inProject(tsc, ['--project', '.', '--noEmit', '--skipLibCheck', 'false']).then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  );
  const ours = said.split('\n').filter((line) => line.startsWith('node_modules/mooring/'));
  if (ours.length > 0) throw new Error(`our types are wrong: ${ours.join('\n')}`);
}

/** What a program says that cannot go on, on standard error. */
async function refusalOf(program: string, args: string[]): Promise<string> {
  return inProject(program, args).then(
    () => 'it went on',
    (error: { stderr: string }) => error.stderr,
  );
}

/** Every example of the guide is a file of the consumer's. */
async function writeGuideExamples(): Promise<void> {
  const guide = await readFile(join(root, 'docs/guides/client.md'), 'utf8');
  const examples = [...guide.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
  if (examples.length === 0) throw new Error('the guide has no examples');
  await Promise.all(
    examples.map((code, index) => writeFile(join(project, `guide-${index + 1}.ts`), `${code}\nexport {};\n`)),
  );
}

async function size(): Promise<string> {
  const lock = JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, unknown>;
  };
  const paths = Object.keys(lock.packages).filter((path) => path !== '');
  const installed = await Promise.all(paths.map((path) => sizeOf(join(project, path))));
  const top = await sizeOf(join(project, 'node_modules'));
  return `${installed.filter((bytes) => bytes > 0).length} packages, ${Math.round(top / 1e6)} MB`;
}

/** Bytes of a folder's files; 0 where there is none, as of packages for other platforms. */
async function sizeOf(path: string): Promise<number> {
  const names = await readdir(path, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(
    names.map(async (name) => {
      const found = await stat(join(path, name)).catch(() => undefined);
      return found?.isFile() ? found.size : 0;
    }),
  );
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}
