import { InvalidArgumentError, type Command } from 'commander';
import { MARK, PROBE_NAMES, type ProbeName } from '../../conformance/names.ts';
import { nearest } from '../../input/nearest.ts';
import { act } from '../act.ts';
import { withOutputOptions } from '../command-options.ts';
import { durationOption } from '../duration.ts';
import type { ConformanceOptions } from '../run-conformance.ts';

/** `mooring conformance`: asks OVH what nobody has written down, in a project of one's own, and leaves nothing there. */
export default function conformanceCommand(program: Command): void {
  const command = program
    .command('conformance')
    .description('finds out how OVH behaves where nobody knows; makes a few things, and deletes them')
    .option('--project <alias>', 'OVH project, by its alias in the configuration')
    .option('--region <region>', 'where; default: the first that is up and has one zone')
    .option('--flavor <name>', 'of the one instance; default: the smallest in stock')
    .option('--only <probes>', `some of ${PROBE_NAMES.join(', ')}`, parseProbes)
    .option('--out <file>', 'writes what "mooring simulator --settings" reads')
    .addOption(durationOption('--timeout <duration>', 'how long OVH may take for one thing', '15m'))
    .addOption(durationOption('--settle <duration>', 'how long lists must be empty to be believed', '30s'))
    .option('--clean-up', `only deletes what begins with ${MARK}`)
    .option('-y, --yes', 'do not ask');
  withOutputOptions(command).action(
    act(async (options: ConformanceOptions) => {
      const { runConformance } = await import('../run-conformance.ts');
      await runConformance(options);
    }),
  );
}

function parseProbes(text: string): readonly ProbeName[] {
  return text.split(',').map((word) => {
    const name = word.trim();
    const probe = PROBE_NAMES.find((known) => known === name);
    if (probe) return probe;
    const meant = nearest(name, PROBE_NAMES).join(' or ');
    throw new InvalidArgumentError(`there is no probe "${name}"; did you mean ${meant}?`);
  });
}
