import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const root = new URL('../', import.meta.url);
const read = (name: string) => readFile(new URL(name, root), 'utf8');

test('every package of every platform is known by its hash', async () => {
  const { packages } = JSON.parse(await read('package-lock.json')) as {
    packages: Record<string, { integrity?: string; link?: boolean }>;
  };
  const others = Object.entries(packages).filter(([path]) => path !== '');

  expect(others.length).toBeGreaterThan(100);
  expect(others.filter(([, { integrity = '' }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity))).toEqual(
    [],
  );
});

test('no package runs a script of its own when the gate or the image installs it', async () => {
  for (const file of ['.ci/run', 'Dockerfile']) {
    const installs = (await read(file)).match(/^(?:RUN | *&& )?npm (?:ci|install|prune)\b.*$/gm) ?? [];
    expect(installs).not.toEqual([]);
    for (const line of installs) expect(line).toContain('--ignore-scripts');
  }
});

test('the version is the same wherever an image or a package is named', async () => {
  const { version } = JSON.parse(await read('package.json')) as { version: string };
  const files = [
    'docker-compose.yml',
    'deploy/simulator.yml',
    'deploy/kubernetes/kustomization.yaml',
    'docs/guides/client.md',
    'docs/guides/deployment.md',
  ];
  for (const file of files) {
    const named = (await read(file)).matchAll(/(?:mooring[:-]|newTag: )(\d+\.\d+\.\d+)/g);
    const versions = [...named].map(([, found]) => found);
    expect({ file, versions: [...new Set(versions)] }).toEqual({ file, versions: [version] });
  }
});
