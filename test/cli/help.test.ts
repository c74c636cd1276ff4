import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';

const folder = new URL('../../src/cli/commands/', import.meta.url);

test('every command is in the program, and in a group of its help', async () => {
  const { commands } = await createProgram();
  const files = (await readdir(folder)).map((file) => file.replace(/\.ts$/, ''));
  expect(commands.map((command) => command.name()).sort()).toEqual(files.sort());
  expect(commands.filter((command) => !command.helpGroup()).map((command) => command.name())).toEqual([]);
});

test('a command that is called is there without the others', async () => {
  for (const command of (await createProgram()).commands) {
    const { commands } = await createProgram(command.name());
    expect(commands.map((each) => each.name())).toEqual([command.name()]);
  }
});

test('help shows the groups in the order in which somebody needs them', async () => {
  const headings = (await createProgram()).helpInformation().match(/^\w.*:$/gm);
  expect(headings).toEqual(['Options:', 'Nodes:', 'Fleets:', 'What OVH has:', 'Running it:', 'Trying it:']);
});

test('help shows the durations that commands have by themselves as people write them', async () => {
  const given = (await createProgram()).commands
    .flatMap((command) => command.options)
    .filter(({ flags, defaultValue }) => flags.includes('<duration>') && defaultValue !== undefined);
  const shown = given.map(
    ({ defaultValue, defaultValueDescription = defaultValue }) => defaultValueDescription,
  );

  expect(shown.length).toBeGreaterThan(5);
  for (const each of shown) expect(each).toMatch(/^[1-9]\d*[smh]$/);
});
