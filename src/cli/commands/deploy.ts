import { Option, type Command } from 'commander';
import type { DeployInput, DeployResult, DeployStep } from '../../contract/index.ts';
import { fieldsOf } from '../../contract/unknown.ts';
import { act } from '../act.ts';
import { callersTrace } from '../callers-trace.ts';
import { orUsageError, UsageError } from '../cli-error.ts';
import { formatOf, withWaitOptions, type WaitOptions } from '../command-options.ts';
import { withMooring } from '../connect.ts';
import { nodeOf } from '../node-argument.ts';
import { printResult, type Result } from '../output.ts';
import { readText, readYaml } from '../read-spec.ts';
import { printStarted } from '../show-run.ts';
import { textTable } from '../text-table.ts';
import { watchRun } from '../watch-run.ts';

interface DeployOptions extends WaitOptions {
  project?: string;
  region?: string;
  file?: string;
  script?: string;
  as?: 'user' | 'root';
  again?: string;
  key?: string;
  sshUser?: string;
  sshPort?: string;
  ifInstanceId?: string;
}

/** `mooring deploy`: runs steps in a node that stands, each at most once. */
export default function deployCommand(program: Command): void {
  const command = program
    .command('deploy')
    .description('run scripts in a node that stands, each at most once; the node is never rolled back')
    .argument('<node>', 'name of the node, or its workflow id such as node.main.GRA11.web-1')
    .option(
      '-f, --file <path>',
      'steps as YAML or JSON: a list, or an object with steps; "-" reads standard input',
    )
    .option('--script <path>', 'one script of this machine, which is sent with the request')
    .option('--project <alias>', 'OVH project, by the alias that workers know (default "main")')
    .option('--region <region>', 'OVH region, such as GRA11')
    .addOption(new Option('--as <whom>', 'root: by sudo without a password').choices(['user', 'root']))
    .option('--again <word>', 'run once more what ran before, unless it ran with this word')
    .option('--key <name>', 'name of a private key that the worker has (default: its only one)')
    .option('--ssh-user <user>', 'whom to log in as (default: whom the image lets in)')
    .option('--ssh-port <port>', 'where sshd listens in the guest (default 22)')
    .option('--if-instance-id <id>', "only if the node's instance has this id");
  withWaitOptions(command).action(
    act(async (node: string, options: DeployOptions) => {
      const { project, region } = options;
      const ref = await nodeOf(node, { ...(project && { project }), ...(region && { region }) });
      const request = await checked({ ...(await readSteps(options)), ...flags(options), ...ref });
      await withMooring(async (mooring) => {
        if (!options.detach) await mooring.requireWorker();
        const run = await mooring.start('deployNode', request, callersTrace());
        if (options.detach) return printStarted(run, options);
        const result = await watchRun(mooring, run, { ...options, act: `deploy in ${run.workflowId}` });
        await printResult(formatOf(options), deployResult(result, run.workflowId));
      });
    }),
  );
}

/** What a file, or the name of a script, says of the steps. @throws UsageError */
async function readSteps({ file, script }: DeployOptions): Promise<Record<string, unknown>> {
  if ((file === undefined) === (script === undefined))
    throw new UsageError('say what shall run: steps by -f steps.yaml, or one script by --script setup.sh');
  if (script !== undefined) {
    const name = (script.split('/').at(-1) ?? script).replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(0, 40);
    const step: DeployStep = {
      name: /^[A-Za-z0-9]/.test(name) ? name : 'script',
      script: await readText(script),
    };
    return { steps: [step] };
  }
  const read = await readYaml(file ?? '');
  if (Array.isArray(read)) return { steps: read };
  if (typeof read === 'object' && read !== null) return fieldsOf(read);
  throw new UsageError(`${file} must hold a list of steps, or an object with steps`);
}

function flags({ as, again, key, sshUser, sshPort, ifInstanceId }: DeployOptions): Partial<DeployInput> {
  const ssh = {
    ...(key !== undefined && { key }),
    ...(sshUser !== undefined && { user: sshUser }),
    ...(sshPort !== undefined && { port: Number(sshPort) }),
  };
  return {
    ...(as !== undefined && { as }),
    ...(again !== undefined && { again }),
    ...(ifInstanceId !== undefined && { ifInstanceId }),
    ...(Object.keys(ssh).length > 0 && { ssh }),
  };
}

async function checked(request: Record<string, unknown>): Promise<DeployInput> {
  const { parseDeploy } = await import('../../contract/schemas/requests.ts');
  return orUsageError(() => parseDeploy(request));
}

function deployResult(result: DeployResult, workflowId: string): Result {
  const rows = result.steps.map(({ name, outcome, exitCode, stdout }) => [
    name,
    outcome,
    exitCode === null ? '-' : String(exitCode),
    stdout?.trimEnd().split('\n').at(-1) ?? '',
  ]);
  return {
    value: result,
    table: textTable([['STEP', 'OUTCOME', 'EXIT', 'LAST WORDS'], ...rows]),
    names: [workflowId],
  };
}
