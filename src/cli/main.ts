#!/usr/bin/env node
import { CommanderError } from 'commander';
import { exitCodeOf } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';

// `mooring list | head -1` closes the pipe, a terminal may vanish: nobody reads on, so there is nothing left to say.
process.stdout.on('error', () => process.exit());
process.stderr.on('error', () => undefined);

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
  // commander has said already what is wrong with the command line.
  if (!(error instanceof CommanderError)) reportError(error);
}
// Whatever still waits, a request that nobody wants any more or a child that its watchdog ends, must not hold the shell.
process.exit();
