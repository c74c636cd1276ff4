import { Option, type Command } from 'commander';
import { requirePackages } from '../../entries/needs.ts';
import { simulatorFlags, type Flag, type SimulatorFlags } from '../../simulator/flags.ts';
import { act } from '../act.ts';
import { UsageError } from '../cli-error.ts';

/** `mooring simulator`: OVH's API on loopback, until SIGTERM or SIGINT. Its flags are the simulator's own table. */
export default function simulatorCommand(program: Command): void {
  const command = program
    .command('simulator')
    .description("serve OVH's API on loopback; prints one JSON line with the endpoint and credentials");
  for (const [name, flag] of Object.entries(simulatorFlags)) command.addOption(optionOf(name, flag));
  command.action(
    act(async (flags: SimulatorFlags) => {
      requirePackages('mooring simulator', 'simulator', ...(flags.guests ? (['guests'] as const) : []));
      const { runSimulator } = await import('../../simulator/index.ts');
      try {
        await runSimulator(flags);
      } catch (error) {
        if (error instanceof TypeError) throw new UsageError(error.message, { cause: error });
        throw error;
      }
    }),
  );
}

function optionOf(name: string, { description, value, repeatable, default: initial }: Flag): Option {
  const dashed = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  // Only said, not set: what stands in a file of settings counts more than a default.
  const usual = initial === undefined ? '' : ` (default: ${initial})`;
  const option = new Option(`--${dashed}${value === undefined ? '' : ` <${value}>`}`, description + usual);
  if (repeatable) option.argParser((text, before: string[] | undefined) => [...(before ?? []), text]);
  return option;
}
