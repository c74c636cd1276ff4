import { Command } from 'commander';
import { EXIT_CODES } from './exit-codes.ts';
import { standardOutput } from './standard-output.ts';
import { textTable } from './text-table.ts';
import { MOORING_VERSION } from '../worker/version.ts';

/** Adds one command, with its options, to the program. What carries it out is loaded by its action. */
interface CommandModule {
  default(program: Command): void;
}

/** Every command, in the group and the order in which help shows it: one that has no group cannot be added. */
const COMMANDS: Record<string, Record<string, () => Promise<CommandModule>>> = {
  'Nodes:': {
    provision: () => import('./commands/provision.ts'),
    deploy: () => import('./commands/deploy.ts'),
    ssh: () => import('./commands/ssh.ts'),
    destroy: () => import('./commands/destroy.ts'),
    get: () => import('./commands/get.ts'),
    list: () => import('./commands/list.ts'),
    inspect: () => import('./commands/inspect.ts'),
    wait: () => import('./commands/wait.ts'),
    cancel: () => import('./commands/cancel.ts'),
    keep: () => import('./commands/keep.ts'),
    validate: () => import('./commands/validate.ts'),
  },
  'Fleets:': {
    'provision-fleet': () => import('./commands/provision-fleet.ts'),
    'destroy-fleet': () => import('./commands/destroy-fleet.ts'),
  },
  'What OVH has:': {
    flavors: () => import('./commands/flavors.ts'),
    images: () => import('./commands/images.ts'),
    regions: () => import('./commands/regions.ts'),
    keys: () => import('./commands/keys.ts'),
    volumes: () => import('./commands/volumes.ts'),
    snapshots: () => import('./commands/snapshots.ts'),
    quota: () => import('./commands/quota.ts'),
    prices: () => import('./commands/prices.ts'),
  },
  'Running it:': {
    worker: () => import('./commands/worker.ts'),
    setup: () => import('./commands/setup.ts'),
    login: () => import('./commands/login.ts'),
    whoami: () => import('./commands/whoami.ts'),
    doctor: () => import('./commands/doctor.ts'),
    reap: () => import('./commands/reap.ts'),
    'codec-server': () => import('./commands/codec-server.ts'),
    version: () => import('./commands/version.ts'),
    completion: () => import('./commands/completion.ts'),
  },
  'Trying it:': {
    demo: () => import('./commands/demo.ts'),
    dev: () => import('./commands/dev.ts'),
    simulator: () => import('./commands/simulator.ts'),
    conformance: () => import('./commands/conformance.ts'),
  },
};

/**
 * Everything that `mooring` understands, or of its commands only the one that is called: a program that has just started
 * spends most of its time on loading. It throws a CommanderError where commander would exit.
 *
 * @param called the first word of the command line; where it names no command, it takes all of them to say so
 */
export async function createProgram(called?: string): Promise<Command> {
  const program = new Command('mooring')
    .description(
      'Provisions nodes on OVHcloud Public Cloud: exactly what was asked for, or what was there before.',
    )
    .version(MOORING_VERSION, '--version', 'print the version')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: (text) => void standardOutput.write(text) })
    .addHelpText('after', `\n${afterHelp()}`);
  for (const { group, load } of commandsFor(called)) {
    const { default: add } = await load();
    add(program.commandsGroup(group));
  }
  return program;
}

function commandsFor(called: string | undefined) {
  if (called === '--version') return [];
  const all = Object.entries(COMMANDS).flatMap(([group, commands]) =>
    Object.entries(commands).map(([name, load]) => ({ group, name, load })),
  );
  const one = all.filter(({ name }) => name === called);
  return one.length > 0 ? one : all;
}

function afterHelp(): string {
  const codes = Object.entries(EXIT_CODES).map(([code, meaning]) => [`  ${code.padStart(3)}`, meaning]);
  return [
    'Temporal is found by TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY or a TEMPORAL_PROFILE.',
    'MOORING_UI is the address of the Temporal UI, for links to runs.',
    '',
    'Exit codes:',
    textTable(codes),
  ].join('\n');
}
