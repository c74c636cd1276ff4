#!/usr/bin/env node
import { CommanderError } from 'commander';
import { exitCodeOf } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';
import { endWhenOutputIsLost, outputArrived } from './standard-output.ts';

endWhenOutputIsLost();

try {
  const program = await createProgram(process.argv[2]);
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
  // commander has said already what is wrong with the command line.
  if (!(error instanceof CommanderError)) reportError(error);
}
await outputArrived();
// Whatever still waits, a request that nobody wants any more or a child that its watchdog ends, must not hold the shell.
process.exit();
