import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);
const standIns = new URL('stand-ins.sh', import.meta.url).pathname;

/** A daemon that answers. */
export interface Docker {
  env: NodeJS.ProcessEnv;
  /** What a command prints; it is patient, for builds. */
  ask(...args: string[]): Promise<string>;
  /** The same, and whatever its exit code is. */
  tried(...args: string[]): Promise<{ code: number; said: string }>;
  stop(): Promise<void>;
}

/** The daemon of this machine, else one of our own with stand-ins for the images; or why there is none. */
export async function findDocker(
  temporalCli: () => Promise<string>,
  files: string[],
): Promise<Docker | string> {
  if (await succeeds('docker', ['compose', 'version'], process.env))
    if (await succeeds('docker', ['info'], process.env)) return dockerBy(process.env, async () => undefined);
  const lacking = await missing();
  if (lacking) return `no Docker daemon answers, and none can be started here: ${lacking}`;
  const env = { ...process.env, TEMPORAL_CLI: await temporalCli() };
  await shown([standIns, 'start'], env);
  const lines = (await run(standIns, ['environment'])).stdout.trim().split('\n');
  const seeing = { ...env, ...Object.fromEntries(lines.map((line) => line.split(/=(.*)/))) };
  const docker = dockerBy(seeing, async () => shown([standIns, 'stop'], env));
  try {
    await shown([standIns, 'images', ...files], env);
  } catch (error) {
    await docker.stop();
    throw error;
  }
  return docker;
}

async function missing(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'it needs root on Linux';
  for (const program of ['apt-get', 'npm', 'go'])
    if (!(await succeeds('sh', ['-c', `command -v ${program}`], process.env)))
      return `there is no ${program}`;
  return undefined;
}

async function succeeds(program: string, args: string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  return run(program, args, { env }).then(
    () => true,
    () => false,
  );
}

/** @throws when it ends with anything but 0 */
async function shown([program = '', ...args]: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(program, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}`);
}

function dockerBy(env: NodeJS.ProcessEnv, stop: () => Promise<void>): Docker {
  const options = { env, maxBuffer: 64 * 1024 * 1024 };
  return {
    env,
    stop,
    async ask(...args) {
      return (await run('docker', args, options)).stdout.trim();
    },
    async tried(...args) {
      try {
        const { stdout, stderr } = await run('docker', args, options);
        return { code: 0, said: stdout + stderr };
      } catch (error) {
        const { code, signal, stdout, stderr } = error as NodeJS.ErrnoException & {
          code: number | null;
          signal: NodeJS.Signals | null;
          stdout: string;
          stderr: string;
        };
        return { code: code ?? 128 + constants.signals[signal ?? 'SIGTERM'], said: stdout + stderr };
      }
    },
  };
}
