import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { OperationFailed } from '../client/errors.ts';
import { refFromWorkflowId } from '../contract/index.ts';
import type { CheckedFleet, CompleteNodeSpec, NetworkSpec, VolumeSpec } from '../contract/index.ts';
import { codeOf, fieldsOf, messageOf } from '../contract/unknown.ts';
import { UsageError } from './cli-error.ts';
import { isSeveralDocuments } from '../input/several-documents.ts';

/** Where a spec comes from: a file, then flags, then `--set`; what is later wins. */
export interface SpecOptions {
  file?: string;
  set?: string[];
  project?: string;
  region?: string;
  flavor?: string;
  image?: string;
  sshKey?: string;
  volume?: VolumeSpec[];
  network?: NetworkSpec[];
  onFailure?: 'rollback' | 'keep';
}

/** Adds the flags that make a spec. */
export function withSpecOptions(command: Command): Command {
  return command
    .option('-f, --file <path>', 'NodeSpec as YAML or JSON; "-" reads standard input')
    .option('--set <path=value>', 'set one field, such as volumes[0].size=20 (repeatable)', collect, [])
    .option('--project <alias>', 'OVH project, by the alias that workers know')
    .option('--region <region>', 'OVH region, such as GRA11')
    .option('--flavor <flavor>', 'name or id of a flavor, such as b3-8')
    .option('--image <image>', 'name or id of an image, such as "Debian 12"')
    .option('--ssh-key <name>', 'name of a key that the OVH project has')
    .option(
      '--volume <name:size[:type]>',
      'a data volume of so many GiB (repeatable)',
      (text, before: VolumeSpec[]) => [...before, parseVolume(text)],
      [],
    )
    .option(
      '--network <name[,floating[=address]]>',
      '"public", or a private network by name or id; with a new floating IP, or one that is there (repeatable)',
      (text, before: NetworkSpec[]) => [...before, parseNetwork(text)],
      [],
    )
    .addOption(
      new Option('--on-failure <what>', 'what a run that fails does with the parts it has made').choices([
        'rollback',
        'keep',
      ]),
    );
}

/**
 * The spec that a command line means, before it is checked. `node` is a name or a workflow id.
 *
 * @throws UsageError when the file cannot be read or is no object
 */
export async function readSpec(
  node: string | undefined,
  options: SpecOptions,
): Promise<Record<string, unknown>> {
  const spec = options.file === undefined ? {} : await readObject(options.file);
  const { project, region, flavor, image, sshKey, volume = [], network = [], onFailure, set = [] } = options;
  const ref = refFromWorkflowId(node ?? '');
  if (ref) refuseContradiction(node, ref, { project, region });
  const named = ref ?? (node === undefined ? {} : { name: node });
  Object.assign(spec, named, defined({ project, region, flavor, image, sshKey }));
  if (volume.length > 0) spec['volumes'] = volume;
  if (network.length > 0) spec['networks'] = network;
  await setPaths(spec, [...(onFailure === undefined ? [] : [`run.onFailure=${onFailure}`]), ...set]);
  return spec;
}

/** A workflow id says project and region itself. @throws UsageError where an option says another */
export function refuseContradiction(
  workflowId: string | undefined,
  said: { project?: string | undefined; region?: string },
  options: { project?: string | undefined; region?: string | undefined },
): void {
  for (const name of ['project', 'region'] as const) {
    const value = options[name];
    if (value !== undefined && said[name] !== undefined && value !== said[name])
      throw new UsageError(`${workflowId} says itself in which ${name}: leave out --${name} ${value}`);
  }
}

/** Applies every `--set`, in this order. @throws UsageError */
export async function setPaths(spec: Record<string, unknown>, assignments: string[]): Promise<void> {
  if (assignments.length === 0) return;
  const { setPath } = await import('./set-path.ts');
  for (const assignment of assignments) setPath(spec, assignment);
}

/** Somebody has written a FleetSpec: only that says what each `node` is. */
export function isFleetSpec(spec: Record<string, unknown>): boolean {
  return 'node' in spec;
}

/** @throws OperationFailed `InvalidSpec`, one sentence with everything that is wrong. */
export async function checkSpec(spec: Record<string, unknown>): Promise<CompleteNodeSpec> {
  if (isFleetSpec(spec))
    throw new OperationFailed(
      'InvalidSpec',
      'this is a fleet, many nodes of one kind: `mooring provision-fleet` and `mooring destroy-fleet` take it',
    );
  const { parseNodeSpec } = await import('../contract/schemas/node-spec.ts');
  try {
    return parseNodeSpec(spec);
  } catch (error) {
    throw new OperationFailed('InvalidSpec', `invalid spec: ${messageOf(error)}`);
  }
}

/** @throws OperationFailed `InvalidSpec`, one sentence with everything that is wrong. */
export async function checkFleetSpec(spec: unknown): Promise<CheckedFleet> {
  const { parseFleetSpec } = await import('../contract/schemas/fleet.ts');
  try {
    return parseFleetSpec(spec);
  } catch (error) {
    throw new OperationFailed('InvalidSpec', `invalid fleet: ${messageOf(error)}`);
  }
}

/** `data:20`, `data:20:high-speed-gen2`. */
function parseVolume(text: string): VolumeSpec {
  const [name, size, type, ...rest] = text.split(':');
  if (!name || !size || !/^\d+$/.test(size) || rest.length > 0)
    throw new InvalidArgumentError(
      'Write it as name:size[:type], such as data:20 or data:20:high-speed-gen2.',
    );
  // Which types there are the check of the whole spec says.
  return { name, size: Number(size), ...(type !== undefined && { type: type as VolumeSpec['type'] }) };
}

/** `public`, `backend`, `backend,floating`, `backend,floating=203.0.113.7`. */
export function parseNetwork(text: string): NetworkSpec {
  if (text === 'public') return { public: true };
  const [, network, floating, address] = /^([^,]+)(,floating(?:=([^,]+))?)?$/.exec(text) ?? [];
  if (network === undefined || network === 'public')
    throw new InvalidArgumentError(
      'Write it as public or name[,floating[=address]], such as backend or backend,floating.',
    );
  return { network, ...(floating !== undefined && { floatingIp: address ?? true }) };
}

/** @throws UsageError when the file cannot be read or is no object */
export async function readObject(path: string): Promise<Record<string, unknown>> {
  const parsed = await readYaml(path);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new UsageError(`${shownPath(path)} must hold one object, a NodeSpec`);
  return fieldsOf(parsed);
}

/** YAML or JSON. @throws UsageError that shows nothing of what the file holds, which may be a secret */
export async function readYaml(path: string): Promise<unknown> {
  const shown = shownPath(path);
  const source = await readText(path);
  const { parse } = await import('yaml');
  try {
    return parse(source);
  } catch (error) {
    if (isSeveralDocuments(error))
      throw new UsageError(
        `${shown} holds several YAML documents: give each a file of its own, without "---" between them`,
      );
    const [why = ''] = messageOf(error).split('\n', 1);
    throw new UsageError(`${shown} is neither YAML nor JSON: ${why.replace(/:$/, '')}`);
  }
}

/** A file, or standard input for `-`. @throws UsageError */
export async function readText(path: string): Promise<string> {
  try {
    return path === '-' ? await text(process.stdin) : await readFile(path, 'utf8');
  } catch (error) {
    const code = codeOf(error);
    throw new UsageError(`cannot read ${path}: ${code === 'ENOENT' ? 'there is no such file' : code}`);
  }
}

const shownPath = (path: string) => (path === '-' ? 'standard input' : path);

function defined(values: Record<string, string | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}
