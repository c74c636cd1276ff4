import { Command } from 'commander';
import { cancelCommand } from './commands/cancel.ts';
import { codecServerCommand } from './commands/codec-server.ts';
import { conformanceCommand } from './commands/conformance.ts';
import { completionCommand } from './commands/completion.ts';
import { demoCommand } from './commands/demo.ts';
import { deployCommand } from './commands/deploy.ts';
import { destroyCommand } from './commands/destroy.ts';
import { destroyFleetCommand } from './commands/destroy-fleet.ts';
import { devCommand } from './commands/dev.ts';
import { doctorCommand } from './commands/doctor.ts';
import { flavorsCommand } from './commands/flavors.ts';
import { getCommand } from './commands/get.ts';
import { imagesCommand } from './commands/images.ts';
import { inspectCommand } from './commands/inspect.ts';
import { keepCommand } from './commands/keep.ts';
import { keysCommand } from './commands/keys.ts';
import { listCommand } from './commands/list.ts';
import { loginCommand } from './commands/login.ts';
import { pricesCommand } from './commands/prices.ts';
import { provisionCommand } from './commands/provision.ts';
import { provisionFleetCommand } from './commands/provision-fleet.ts';
import { reapCommand } from './commands/reap.ts';
import { quotaCommand } from './commands/quota.ts';
import { regionsCommand } from './commands/regions.ts';
import { setupCommand } from './commands/setup.ts';
import { simulatorCommand } from './commands/simulator.ts';
import { snapshotsCommand } from './commands/snapshots.ts';
import { sshCommand } from './commands/ssh.ts';
import { validateCommand } from './commands/validate.ts';
import { versionCommand } from './commands/version.ts';
import { volumesCommand } from './commands/volumes.ts';
import { waitCommand } from './commands/wait.ts';
import { whoamiCommand } from './commands/whoami.ts';
import { workerCommand } from './commands/worker.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { standardOutput } from './standard-output.ts';
import { textTable } from './text-table.ts';
import { MOORING_VERSION } from '../worker/version.ts';

/** Every command, in the group and the order in which help shows it: one that has no group cannot be added. */
const COMMANDS: Record<string, ((program: Command) => void)[]> = {
  'Nodes:': [
    provisionCommand,
    deployCommand,
    sshCommand,
    destroyCommand,
    getCommand,
    listCommand,
    inspectCommand,
    waitCommand,
    cancelCommand,
    keepCommand,
    validateCommand,
  ],
  'Fleets:': [provisionFleetCommand, destroyFleetCommand],
  'What OVH has:': [
    flavorsCommand,
    imagesCommand,
    regionsCommand,
    keysCommand,
    volumesCommand,
    snapshotsCommand,
    quotaCommand,
    pricesCommand,
  ],
  'Running it:': [
    workerCommand,
    setupCommand,
    loginCommand,
    whoamiCommand,
    doctorCommand,
    reapCommand,
    codecServerCommand,
    versionCommand,
    completionCommand,
  ],
  'Trying it:': [demoCommand, devCommand, simulatorCommand, conformanceCommand],
};

/** Everything that `mooring` understands. It throws a CommanderError where commander would exit. */
export function createProgram(): Command {
  const program = new Command('mooring')
    .description(
      'Provisions nodes on OVHcloud Public Cloud: exactly what was asked for, or what was there before.',
    )
    .version(MOORING_VERSION, '--version', 'print the version')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: (text) => void standardOutput.write(text) })
    .addHelpText('after', `\n${afterHelp()}`);
  for (const [group, commands] of Object.entries(COMMANDS)) {
    program.commandsGroup(group);
    for (const add of commands) add(program);
  }
  return program;
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
