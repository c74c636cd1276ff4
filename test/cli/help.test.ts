import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';

const folder = new URL('../../src/cli/commands/', import.meta.url);

test('every command is in the program, and in a group of its help', async () => {
  const { commands } = createProgram();
  const files = (await readdir(folder)).map((file) => file.replace(/\.ts$/, ''));
  expect(commands.map((command) => command.name()).sort()).toEqual(files.sort());
  expect(commands.filter((command) => !command.helpGroup()).map((command) => command.name())).toEqual([]);
});

test('help shows the groups in the order in which somebody needs them', () => {
  const headings = createProgram()
    .helpInformation()
    .match(/^\w.*:$/gm);
  expect(headings).toEqual(['Options:', 'Nodes:', 'Fleets:', 'What OVH has:', 'Running it:', 'Trying it:']);
});
