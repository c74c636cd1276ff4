import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { SHELLS, completionScript } from '../../src/cli/completion-script.ts';
import { createProgram } from '../../src/cli/program.ts';

test('every command and every option of the program is in the script of every shell', async () => {
  const program = await createProgram();
  for (const shell of SHELLS) {
    const script = completionScript(shell, program);
    for (const command of program.commands) {
      expect(script).toContain(command.name());
      for (const { long } of command.options) expect(script).toContain((long ?? '').replace(/^--/, ''));
    }
  }
});

test('bash completes commands, options, and the words that an option takes', async () => {
  const script = completionScript('bash', await createProgram());
  const complete = (...words: string[]) => {
    const line = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _mooring`;
    return execFileSync('bash', ['-c', `${script}\n${line}; echo "\${COMPREPLY[*]}"`], {
      encoding: 'utf8',
    }).trim();
  };
  expect(complete('mooring', 'pro')).toBe('provision provision-fleet');
  expect(complete('mooring', 'destroy', '--vol')).toBe('--volumes');
  expect(complete('mooring', 'destroy', '--volumes', '')).toBe('spec delete keep');
  expect(complete('mooring', 'destroy', 'web-1', '--y')).toBe('--yes');
  for (const command of ['list', 'ls'])
    expect(complete('mooring', command, '-o', '')).toBe('table json jsonl yaml name');
  expect(complete('mooring', 'ls', '--reg')).toBe('--region');
  expect(complete('mooring', 'completion', '')).toBe('bash zsh fish');
  // Where there are no words, bash offers files.
  for (const flag of ['-f', '--file']) expect(complete('mooring', 'provision', flag, '')).toBe('');
});
