import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { createProgram } from '../src/cli/program.ts';
import { probes } from '../src/conformance/index.ts';
import { FAILURE_TYPES } from '../src/contract/index.ts';
import { parseFleetSpec } from '../src/contract/schemas/fleet.ts';
import { parseNodeSpec } from '../src/contract/schemas/node-spec.ts';
import { workflowTypes } from '../src/contract/schemas/workflow-types.ts';
import * as contract from '../src/entries/contract.ts';
import * as ovh from '../src/entries/ovh.ts';
import * as simulator from '../src/entries/simulator.ts';
import * as worker from '../src/entries/worker.ts';
import { faultKinds, switchPositions } from '../src/simulator/index.ts';
import { VARIABLES } from '../src/worker/configuration/variables.ts';
import manifest from '../package.json' with { type: 'json' };
import { steps } from './proof/steps.ts';
import { removals } from './removals/removals.ts';

/* What a page says is there, is there; and what is there is said. */

const root = fileURLToPath(new URL('../', import.meta.url));
const folders = ['src', 'test', 'docs', 'deploy'];
const inFolders = folders.map(async (folder) =>
  (await readdir(join(root, folder), { recursive: true })).map((file) => join(folder, file)),
);
const files = [...(await readdir(root)), ...(await Promise.all(inFolders)).flat()];
const read = (path: string) => readFile(join(root, path), 'utf8');
const withoutCode = (text: string) => text.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '');

const pages = new Map(
  await Promise.all(
    files
      .filter((file) => file.endsWith('.md'))
      .map(async (file): Promise<[string, string]> => [file, await read(file)]),
  ),
);
const guide = (name: string) => pages.get(`docs/guides/${name}.md`) ?? '';
const missing = (names: Iterable<string>, page: string) =>
  [...names].filter((name) => !page.includes(`\`${name}\``));

/** As GitHub makes them. */
function anchorsOf(page: string): string[] {
  const headings = [...page.replace(/```[\s\S]*?```/g, '').matchAll(/^#+ (.*)$/gm)];
  return headings.map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test('every link leads somewhere, and every anchor to a heading', () => {
  const links = [...pages].flatMap(([page, text]) =>
    [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ page, target })),
  );
  const broken = links.filter(({ page, target }) => {
    if (/^https?:/.test(target)) return false;
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : join(dirname(page), path);
    if (!existsSync(join(root, file))) return true;
    return anchor !== undefined && !anchorsOf(pages.get(file) ?? '').includes(anchor);
  });

  expect(links.length).toBeGreaterThan(50);
  expect(broken).toEqual([]);
});

test('every file, script and step that a page names is there', () => {
  const named = [...pages].flatMap(([page, text]) => [
    ...[...text.matchAll(/`((?:src|test|deploy|bench|docs)\/[\w./-]+)`/g)].map(([, path = '']) => ({
      page,
      path,
    })),
  ]);
  const isThere = (path: string) =>
    ['', '.ts', '.test.ts', '.proof.ts'].some((ending) => existsSync(join(root, path + ending)));
  const scripts = [...pages].flatMap(([page, text]) =>
    [...text.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, script = '']) => ({ page, script })),
  );
  const proofs = [...pages.values()].flatMap((text) =>
    [...text.matchAll(/test:proof -- ([a-z ]+)`/g)].flatMap(([, names = '']) => names.split(' ')),
  );

  expect(named.filter(({ path }) => !isThere(path))).toEqual([]);
  expect(scripts.filter(({ script }) => !(script in manifest.scripts))).toEqual([]);
  expect(proofs.filter((name) => !(name in steps))).toEqual([]);
});

test('every spec that a page shows is one', () => {
  const shown = [...pages.values()].flatMap((text) => [
    ...[...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, yaml = '']) => parse(yaml) as object),
    ...[...text.matchAll(/--input '(.*)'/g)].map(([, json = '']) => JSON.parse(json) as object),
  ]);
  const fleets = shown.filter((spec) => 'count' in spec);
  const nodes = shown.filter((spec) => 'flavor' in spec);

  expect(fleets.map((spec) => parseFleetSpec(spec).name)).toEqual(['web']);
  expect(nodes.map((spec) => parseNodeSpec(spec).name)).toEqual(nodes.map(() => 'web-1'));
  expect(nodes.length).toBeGreaterThan(2);
});

test('every variable that is read is in a guide, and every one in a guide is read', async () => {
  const programs = files.filter(
    (file) =>
      /^(src\/.*\.ts|deploy\/.*\.\w+|docker-compose\.yml)$/.test(file) && !file.endsWith('/variables.ts'),
  );
  const variable = /\bMOORING_[A-Z_]*[A-Z]\b/g;
  const found = (texts: string[]) => new Set(texts.join('\n').match(variable));
  const readHere = found(await Promise.all(programs.map(read)));
  // A constant of ours.
  readHere.delete('MOORING_VERSION');
  const guides = found(
    [...pages].filter(([page]) => page.startsWith('docs/guides/')).map(([, text]) => text),
  );
  const tests = found(await Promise.all(files.filter((file) => /^test\/.*\.ts$/.test(file)).map(read)));

  expect([...readHere].sort()).toEqual([...VARIABLES].sort());
  expect([...readHere].filter((name) => !guides.has(name))).toEqual([]);
  expect([...guides].filter((name) => !readHere.has(name) && !tests.has(name))).toEqual([]);
});

test('every failure has its line where it is explained, and in the runbook', () => {
  const explained = guide('node') + guide('guest');

  expect(missing(FAILURE_TYPES, explained)).toEqual([]);
  expect(FAILURE_TYPES.filter((type) => !guide('runbook').includes(`| \`${type}\``))).toEqual([]);
});

test('every command, workflow, probe, fault and switch is in its guide', async () => {
  const commands = (await createProgram()).commands.map((command) => command.name());
  const words = new Set(
    [...guide('cli').matchAll(/^\| (`[^|]*)\|/gm)].flatMap(([, cell = '']) => cell.match(/[a-z-]+/g) ?? []),
  );

  expect(commands.filter((command) => !words.has(command))).toEqual([]);
  expect(missing(Object.keys(workflowTypes), guide('node'))).toEqual([]);
  const asked = probes.map(({ name }) => name);
  expect(missing(asked, guide('conformance'))).toEqual([]);
  expect(missing(Object.keys(faultKinds), guide('simulator'))).toEqual([]);
  expect(missing(Object.keys(switchPositions), guide('simulator'))).toEqual([]);
  for (const [name, positions] of Object.entries(switchPositions))
    expect(guide('simulator')).toMatch(
      new RegExp(`\\| \`${name}\` +\\| ${positions.map((position) => `\`${position}\``).join(', ')} +\\|`),
    );
});

test('every function and table that the package exports is in its guide', () => {
  const entries: [exported: object, page: string][] = [
    [contract, guide('client')],
    [worker, guide('client')],
    [ovh, guide('ovh')],
    [simulator, guide('simulator')],
  ];
  for (const [exported, page] of entries)
    expect(Object.keys(exported).filter((name) => !new RegExp(`\\b${name}\\b`).test(page))).toEqual([]);
});

test('the glossary has every rule that a removal takes out, and CONTRIBUTING every step of the proof', () => {
  const contributing = pages.get('CONTRIBUTING.md') ?? '';
  const isInGlossary = (id: string) => new RegExp(`^\\| ${id} +\\|`, 'm').test(guide('glossary'));

  expect(removals.filter(({ id }) => !isInGlossary(id)).map(({ id }) => id)).toEqual([]);
  const said = [...contributing.matchAll(/test:proof -- ([a-z ]+)`/g)].flatMap(([, names = '']) =>
    names.split(' '),
  );
  expect(said.sort()).toEqual(Object.keys(steps).sort());
});

test('what the promises say that fails without a rule is a test', async () => {
  const [, table = ''] = guide('promises').split('| without ');
  const rows = table.split('\n\n')[0]?.split('\n').slice(2) ?? [];
  const named = rows.map((row) => row.split('|').at(2)?.trim() ?? '').filter((name) => name !== 'the same');
  const tests = (await Promise.all(files.filter((file) => /\.(test|proof)\.ts$/.test(file)).map(read))).join(
    '\n',
  );
  const isTest = (name: string) =>
    tests.includes(name) || name.split(': ').every((part) => tests.includes(part));

  expect(named.length).toBeGreaterThan(25);
  expect(named.filter((name) => !name.startsWith('all of `') && !isTest(name))).toEqual([]);
});

test('CONTRIBUTING names every package that would run a script', async () => {
  const { packages } = JSON.parse(await read('package-lock.json')) as {
    packages: Record<string, { hasInstallScript?: boolean }>;
  };
  const names = Object.entries(packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => path.split('node_modules/').at(-1) ?? '');

  expect(missing(names, pages.get('CONTRIBUTING.md') ?? '')).toEqual([]);
});

test('the README leads to every guide', () => {
  const guides = [...pages.keys()].filter((page) => page.startsWith('docs/guides/'));

  expect(guides.filter((page) => !pages.get('README.md')?.includes(`](${page})`))).toEqual([]);
});
