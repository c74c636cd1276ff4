import { resolve } from 'node:path';
import type { Command } from 'commander';
import { requirePackages } from '../../entries/needs.ts';
import { act } from '../act.ts';
import { CliError } from '../cli-error.ts';
import type { EmbeddedStack } from '../embedded-stack.ts';
import { interrupted } from '../interrupted.ts';
import { parsePort } from '../parse-port.ts';
import { standardOutput } from '../standard-output.ts';

interface DevOptions {
  port: number;
  uiPort?: number;
  httpPort?: number;
  dataDir: string;
  guests?: boolean;
}

/** `mooring dev`: everything on this machine to play with, until Ctrl-C. */
export default function devCommand(program: Command): void {
  program
    .command('dev')
    .description('run Temporal, a simulated OVHcloud and a worker on this machine, until Ctrl-C')
    .option('--port <port>', "Temporal's port", parsePort, 7233)
    .option('--ui-port <port>', 'open the Temporal UI, such as at 8233; without it there is none', parsePort)
    .option(
      '--http-port <port>',
      "open Temporal's HTTP API, such as at 7243; any page in a browser reaches it",
      parsePort,
    )
    .option('--guests', 'machines behind the instances, which run what they are told on this machine')
    .option(
      '--no-guests',
      'none of them; so it is where --ui-port or --http-port is given and nothing is said',
    )
    .option('--data-dir <path>', 'where Temporal keeps its database', '.mooring')
    .action(
      act(async ({ dataDir, guests: hasGuests, ...ports }: DevOptions) => {
        requirePackages('mooring dev', 'worker', 'simulator');
        const { EmbeddedStack } = await import('../embedded-stack.ts');
        const ended = interrupted();
        const tell = (line: string) => process.stderr.write(`${line}\n`);
        tell('starting Temporal, the simulator and a worker …');
        const guests = hasGuests ?? mayHaveGuests(ports);
        const stack = await EmbeddedStack.start({
          dataDir: resolve(dataDir),
          ports,
          settle: '5s',
          guests,
          tell,
        });
        const stopping = new AbortController();
        try {
          standardOutput.write(`${welcome(stack)}\n`);
          await Promise.race([ended, serverEnds(stack), keepWorker(stack, tell, stopping.signal)]);
          tell('stopping …');
        } finally {
          stopping.abort();
          await stack.stop();
        }
      }),
    );
}

/**
 * Whoever reaches Temporal makes guests run what he likes, as us. So there are none where any page in a browser reaches it;
 * nor where only 127.0.0.1 is loopback, for each needs an address of its own.
 */
function mayHaveGuests({ uiPort, httpPort }: Pick<DevOptions, 'uiPort' | 'httpPort'>): boolean {
  return process.platform === 'linux' && uiPort === undefined && httpPort === undefined;
}

async function serverEnds({ server }: EmbeddedStack): Promise<never> {
  await server.exited;
  throw new CliError(1, 'the Temporal server ended');
}

/** Killing the worker is what one tries here: another one goes on where it stopped. */
async function keepWorker(
  stack: EmbeddedStack,
  tell: (line: string) => void,
  stopping: AbortSignal,
): Promise<void> {
  for (;;) {
    await stack.worker.exited;
    if (stopping.aborted) return;
    tell(`worker process ${stack.worker.pid} ended; starting another, which goes on where it stopped …`);
    await stack.startWorker();
    tell(`worker       process ${stack.worker.pid}   does the work`);
  }
}

function welcome({ server, endpoint, worker, guests }: EmbeddedStack): string {
  const spec = {
    name: 'web-1',
    region: 'GRA11',
    flavor: 'b3-8',
    image: 'Debian 12',
    volumes: [{ name: 'data', size: 20 }],
  };
  const input = JSON.stringify(spec);
  const type = 'provisionNodeWithVolume';
  const body = JSON.stringify({
    workflowType: { name: type },
    taskQueue: { name: 'mooring' },
    input: [spec],
  });
  const { address, uiUrl, httpUrl } = server;
  const look = uiUrl === undefined ? 'with --ui-port 8233 it shows them in a browser' : `look at ${uiUrl}`;
  const inUi = uiUrl === undefined ? '' : ` MOORING_UI=${uiUrl}`;
  const overHttp =
    httpUrl === undefined
      ? ''
      : `
  curl -X POST ${httpUrl}/api/v1/namespaces/default/workflows/node.main.GRA11.web-1 -d '${body}'
`;
  return `
Temporal     ${address}   remembers every step of every request; ${look}
simulator    ${endpoint}   stands in for OVHcloud, and forgets everything when this ends;
             ${new URL(endpoint).origin} shows what is there, and lets things go wrong
worker       process ${worker.pid}   does the work
${guests ? aboutGuests(guests) : ''}
From another terminal, any of these:

  export TEMPORAL_ADDRESS=${address}${inUi}
  ${invocation()} provision web-1 --region GRA11 --flavor b3-8 --image "Debian 12" --volume data:20
${guests ? withScript(guests) : ''}
  ${server.binary} workflow start --address ${address} --type ${type} --task-queue mooring \\
    --workflow-id node.main.GRA11.web-1 --input '${input}'
${overHttp}
Ctrl-C stops everything.`;
}

/** What a guest is asked by the CLI: a script, whose output is in the Node; and a login. */
function withScript({ port, key, keyFile }: NonNullable<EmbeddedStack['guests']>): string {
  const steps = JSON.stringify([{ name: 'hello', script: 'hostname; pwd' }]);
  return `
  ${invocation()} provision run-1 --region GRA11 --flavor b3-8 --image "Debian 12" \\
    --set sshKey=${key} --set ssh.port=${port} --set 'deploy.steps=${steps}'
  ${invocation()} ssh run-1 --region GRA11 --identity ${keyFile}
`;
}

function aboutGuests({ port }: NonNullable<EmbeddedStack['guests']>): string {
  return `guests       127.x.y.z:${port}   answer SSH behind each instance, and run what they are told on this very machine
`;
}

/** How this very program is called again. */
function invocation(): string {
  return process.argv[1]?.endsWith('.ts') ? 'npm run --silent mooring --' : 'mooring';
}
