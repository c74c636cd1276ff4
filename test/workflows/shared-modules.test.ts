import { readFile, readdir } from 'node:fs/promises';
import { expect, inject, test } from 'vitest';

/*
 * Every run of a worker shares one evaluation of the workflows' modules, and of the contract that they import: what one
 * run kept there, another would find.
 */
const root = new URL('../../src/', import.meta.url);
const folders = ['workflows/', 'contract/'];
const files = (
  await Promise.all(
    folders.map(async (folder) =>
      (await readdir(new URL(folder, root), { recursive: true }))
        .filter((file) => file.endsWith('.ts'))
        .map((file) => folder + file),
    ),
  )
).flat();

test.each(files)('%s keeps no state', async (file) => {
  expect(keptBy(await readFile(new URL(file, root), 'utf8'))).toEqual([]);
});

test.each([
  'let runs = 0;',
  'export const seen = new Map<string, number>();',
  'const rows: string[] = [];',
  'const last = { id: "" };',
  'class Runs {\n  static count = 0;\n}',
])('%s would be noticed', (text) => {
  expect(keptBy(text)).toHaveLength(1);
});

test('a bundle evaluates them before there is a run', async () => {
  const bundle = await readFile(inject('workflowBundlePath'), 'utf8');
  const preloaded = / preloadModules\(\) \{([^}]*)\}/.exec(bundle)?.[1];
  expect(preloaded).toMatch(/__webpack_require__\(.*workflows/);
});

/** What of a module's own scope can change. */
function keptBy(source: string): string[] {
  const text = source.replaceAll(/'(?:[^'\\\n]|\\.)*'/g, "''");
  const variables = text.match(/^(?:export )?(?:let|var|const) [^;]*;/gm) ?? [];
  const statics = text.match(/^ *(?:(?:private|readonly) )*static (?:readonly )?[#\w]+\s*[:=].*/gm) ?? [];
  return [...variables.filter(isChangeable), ...statics];
}

/** The SDK freezes what is exported, but for maps and sets; types keep `as const` from being written to. */
function isChangeable(statement: string): boolean {
  return (
    /^(?:export )?(?:let|var) /.test(statement) ||
    /^[^=]*=\s*new /.test(statement) ||
    (/^const [^=]*=\s*[[{]/.test(statement) && !/ as const(?: satisfies [^;]*)?;$/.test(statement))
  );
}
