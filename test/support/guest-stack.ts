import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MooringError, Run } from '../../src/client/index.ts';
import type { Node, NodeSpec } from '../../src/contract/index.ts';
import { Ovh } from '../../src/ovh/index.ts';
import type { GuestFaultKind } from '../../src/simulator/index.ts';
import { Stack, type StackOptions, type TestProject } from './stack.ts';
import { loginKey } from './sshd.ts';

export const HOST_KEY_SECRET = 'a secret of the tests that is long enough for a worker';

/** A stack whose instances have guests, and whose worker gets into them. */
export class GuestStack {
  readonly stack: Stack;
  readonly folder: string;
  /** What steps may name. */
  readonly sources: string;

  private constructor(stack: Stack, folder: string) {
    this.stack = stack;
    this.folder = folder;
    this.sources = join(folder, 'sources');
  }

  static async start({ simulator, ...options }: StackOptions = {}): Promise<GuestStack> {
    const folder = await mkdtemp(join(tmpdir(), 'mooring-guest-'));
    const keysDirectory = join(folder, 'keys');
    const sources = join(folder, 'sources');
    await mkdir(keysDirectory);
    await mkdir(sources);
    await writeFile(join(keysDirectory, 'tests'), loginKey().privateKey, { mode: 0o600 });
    await writeFile(join(keysDirectory, 'stranger'), loginKey('stranger').privateKey, { mode: 0o600 });
    const stack = await Stack.start({
      simulator: { guests: {}, guestSshMs: 200, guestInitMs: 100, ...simulator },
      guests: {
        keysDirectory,
        hostKeySecrets: [HOST_KEY_SECRET],
        sources: { directory: sources, variables: ['TESTS_PASSWORD'] },
      },
      ...options,
    });
    return new GuestStack(stack, folder);
  }

  /** A project that has the public half of the worker's key. */
  async project(): Promise<TestProject> {
    const project = this.stack.project();
    const { projectId, ...credentials } = project.credentials;
    const ovh = new Ovh({ endpoint: this.stack.endpoint, credentials: () => credentials });
    await ovh.project(projectId).sshKeys.create({ name: 'tests', publicKey: loginKey().publicKey });
    return project;
  }

  /** A node without volumes that is asked in its guest. */
  spec(project: TestProject, overrides: Partial<NodeSpec> = {}): NodeSpec {
    const port = this.stack.simulator.guests?.port ?? 2222;
    return project.spec({
      sshKey: 'tests',
      volumes: [],
      ready: { until: 'ssh' },
      ssh: { port, ...overrides.ssh },
      ...overrides,
      ...(overrides.ssh && { ssh: { port, ...overrides.ssh } }),
    });
  }

  async begin(spec: NodeSpec): Promise<Run<Node>> {
    return this.stack.mooring.start('provisionNodeWithVolume', spec);
  }

  /** How the node's run fails. */
  async failure(spec: NodeSpec): Promise<MooringError> {
    const run = await this.begin(spec);
    return run.result().then(
      () => Promise.reject(new Error('it was to fail')),
      (error: unknown) => error as MooringError,
    );
  }

  /** Something is wrong with the guests of a project; `times`: so often, else always. */
  async befalls({ credentials }: TestProject, kind: GuestFaultKind, times?: number): Promise<void> {
    const { projectId } = credentials;
    await this.stack.simulator.guests?.addFault({ kind, projectId, ...(times !== undefined && { times }) });
  }

  /** A script that writes one line to a file of the test's. */
  marks(name: string): string {
    return `echo x >>${this.file(name)}`;
  }

  /** What a worker in a process of its own needs to get into guests. */
  get environment(): NodeJS.ProcessEnv {
    return {
      MOORING_SSH_KEYS_DIR: join(this.folder, 'keys'),
      MOORING_HOST_KEY_SECRET: HOST_KEY_SECRET,
      MOORING_DEPLOY_DIR: this.sources,
      MOORING_DEPLOY_ENV: 'TESTS_PASSWORD',
      TESTS_PASSWORD: 'a password of the tests',
    };
  }

  /** A file on this machine, to which scripts in guests of the simulator can write. */
  file(name: string): string {
    return join(this.folder, name);
  }

  /** What scripts wrote there, line by line; nothing where none has. */
  async lines(name: string): Promise<string[]> {
    const text = await readFile(this.file(name), 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  }

  async stop(): Promise<void> {
    await this.stack.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
