import { Argument, type Command } from 'commander';
import { act } from '../act.ts';
import { completionScript, SHELLS, type Shell } from '../completion-script.ts';
import { createProgram } from '../program.ts';
import { standardOutput } from '../standard-output.ts';

/** `mooring completion`: a script for the shell, made from the commands as they are. */
export default function completionCommand(program: Command): void {
  program
    .command('completion')
    .description('print a completion script, such as for `source <(mooring completion bash)`')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .action(
      act(async (shell: Shell) => {
        standardOutput.write(completionScript(shell, await createProgram()));
      }),
    );
}
