import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Mooring } from '../../client/index.ts';
import { isMooringError } from '../../contract/error.ts';
import { nodeWorkflowId, type CompleteRef, type InspectedNode } from '../../contract/index.ts';
import { codeOf } from '../../contract/unknown.ts';
import { act } from '../act.ts';
import { CliError } from '../cli-error.ts';
import { withMooring } from '../connect.ts';
import { durationOption } from '../duration.ts';
import { nodeOf } from '../node-argument.ts';
import { withSignOfLife } from '../sign-of-life.ts';

interface SshOptions {
  project?: string;
  region?: string;
  user?: string;
  port?: string;
  identity?: string;
  timeout: number;
}

/** `mooring ssh`: the system's own `ssh`, which trusts the one host key that the node has, and no other. */
export default function sshCommand(program: Command): void {
  program
    .command('ssh')
    .description("log in to a node with the system's ssh, which trusts the node's own host key alone")
    .argument('<node>', 'name of the node, or its workflow id such as node.main.GRA11.web-1')
    .argument('[command...]', 'what to run there; words of its own options come after --')
    .option('--project <alias>', 'OVH project, by the alias that workers know (default "main")')
    .option('--region <region>', 'OVH region, such as GRA11')
    .option('-l, --user <user>', 'whom to log in as (default: as the node says)')
    .option('-p, --port <port>', 'where sshd listens (default: as the node says)')
    .option(
      '-i, --identity <file>',
      "a private key of this machine (default: as ssh's own configuration says)",
    )
    .addOption(durationOption('--timeout <duration>', 'stop waiting for the address after', '1m'))
    .action(
      act(async (node: string, command: string[], options: SshOptions) => {
        const { project, region } = options;
        const ref = await nodeOf(node, { ...(project && { project }), ...(region && { region }) });
        const ssh = await withSignOfLife('looking for the node', {}, () =>
          withMooring((mooring) => whereOf(mooring, ref, options.timeout)),
        );
        process.exitCode = await logIn(ssh, options, command);
      }),
    );
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

type Where = NonNullable<InspectedNode['ssh']>;

/** As OVH shows it now; as the last run says where it is about the same machine. */
async function whereOf(mooring: Mooring, ref: CompleteRef, timeoutMs: number): Promise<Where> {
  await mooring.requireWorker();
  const { node } = await (await mooring.start('inspectNode', ref)).result({ timeoutMs });
  if (!node) throw new CliError(4, `${nodeWorkflowId(ref)} has no instance at OVH`);
  const told = await lastTold(mooring, ref);
  const isSame = told?.instance?.id === node.instance.id;
  const ssh = isSame && told.ssh ? told.ssh : node.ssh;
  if (!ssh)
    throw new CliError(4, `${nodeWorkflowId(ref)} has no address, or its image does not say whom it lets in`);
  if (ssh.hostKeys.length === 0)
    throw new CliError(
      4,
      `nobody knows the host key of ${nodeWorkflowId(ref)}, and a key that nobody knows is not trusted; set MOORING_HOST_KEY_SECRET on the worker before a node is made`,
    );
  return ssh;
}

/** What the node's last run said of it, where that has ended well. */
async function lastTold(mooring: Mooring, ref: CompleteRef): Promise<InspectedNode | undefined> {
  try {
    const run = await mooring.get(ref);
    if ((await run.progress()).status !== 'completed') return undefined;
    const result = await run.result();
    if ('steps' in result) return result.node;
    return 'instance' in result ? result : undefined;
  } catch (error) {
    if (isMooringError(error, 'RunUnknown')) return undefined;
    throw error;
  }
}

async function logIn(where: Where, options: SshOptions, command: string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'mooring-ssh-'));
  try {
    const port = options.port ?? String(where.port);
    const known = join(folder, 'known_hosts');
    const name = port === '22' ? where.host : `[${where.host}]:${port}`;
    await writeFile(known, where.hostKeys.map((key) => `${name} ${key}\n`).join(''));
    const args = [
      ...['-o', `UserKnownHostsFile=${known}`, '-o', 'GlobalKnownHostsFile=/dev/null'],
      ...['-o', 'StrictHostKeyChecking=yes', '-o', 'UpdateHostKeys=no', '-o', 'CheckHostIP=no'],
      ...['-p', port, '-l', options.user ?? where.user],
      ...(options.identity === undefined ? [] : ['-i', options.identity]),
      ...['--', where.host, ...command],
    ];
    const child = spawn('ssh', args, { stdio: 'inherit' });
    // What would end this program ends ssh instead, and the folder goes.
    const handOn = (signal: NodeJS.Signals) => void child.kill(signal);
    for (const signal of SIGNALS) process.on(signal, handOn);
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + (signal ? constants.signals[signal] : 0);
  } catch (error) {
    if (codeOf(error) === 'ENOENT')
      throw new CliError(1, 'there is no ssh on this machine; install the OpenSSH client', { cause: error });
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
