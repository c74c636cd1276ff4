import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { parse as parseYaml } from 'yaml';
import { OperationFailed } from '../client/index.ts';
import { refFromWorkflowId } from '../contract/index.ts';
import type { CheckedFleet, CompleteNodeSpec, VolumeSpec } from '../contract/index.ts';
import { parseFleetSpec } from '../contract/schemas/fleet.ts';
import { parseNodeSpec } from '../contract/schemas/node-spec.ts';
import { UsageError } from './cli-error.ts';
import { isSeveralDocuments } from '../input/several-documents.ts';
import { setPath } from './set-path.ts';

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
  const { project, region, flavor, image, sshKey, volume = [], onFailure, set = [] } = options;
  const named = node === undefined ? {} : (refFromWorkflowId(node) ?? { name: node });
  Object.assign(spec, named, defined({ project, region, flavor, image, sshKey }));
  if (volume.length > 0) spec['volumes'] = volume;
  if (onFailure !== undefined) setPath(spec, `run.onFailure=${onFailure}`);
  for (const assignment of set) setPath(spec, assignment);
  return spec;
}

/** Somebody has written a FleetSpec: only that says what each `node` is. */
export function isFleetSpec(spec: Record<string, unknown>): boolean {
  return 'node' in spec;
}

/** @throws OperationFailed `InvalidSpec`, one sentence with everything that is wrong. */
export function checkSpec(spec: Record<string, unknown>): CompleteNodeSpec {
  if (isFleetSpec(spec))
    throw new OperationFailed(
      'InvalidSpec',
      'this is a fleet, many nodes of one kind: `mooring provision-fleet` and `mooring destroy-fleet` take it',
    );
  try {
    return parseNodeSpec(spec);
  } catch (error) {
    throw new OperationFailed('InvalidSpec', `invalid spec: ${(error as Error).message}`);
  }
}

/** @throws OperationFailed `InvalidSpec`, one sentence with everything that is wrong. */
export function checkFleetSpec(spec: unknown): CheckedFleet {
  try {
    return parseFleetSpec(spec);
  } catch (error) {
    throw new OperationFailed('InvalidSpec', `invalid fleet: ${(error as Error).message}`);
  }
}

/** `data:20`, `data:20:high-speed-gen2`. */
export function parseVolume(text: string): VolumeSpec {
  const [name, size, type, ...rest] = text.split(':');
  if (!name || !size || !/^\d+$/.test(size) || rest.length > 0)
    throw new InvalidArgumentError(
      'Write it as name:size[:type], such as data:20 or data:20:high-speed-gen2.',
    );
  return { name, size: Number(size), ...(type !== undefined && { type: type as VolumeSpec['type'] }) };
}

export async function readObject(path: string): Promise<Record<string, unknown>> {
  const shown = path === '-' ? 'standard input' : path;
  const source =
    path === '-' ? await text(process.stdin) : await readFile(path, 'utf8').catch(cannotRead(path));
  let parsed: unknown;
  try {
    parsed = parseYaml(source);
  } catch (error) {
    if (isSeveralDocuments(error))
      throw new UsageError(
        `${shown} holds several YAML documents: give each a file of its own, without "---" between them`,
      );
    const [why = ''] = (error as Error).message.split('\n', 1);
    throw new UsageError(`${shown} is neither YAML nor JSON: ${why.replace(/:$/, '')}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new UsageError(`${shown} must hold one object, a NodeSpec`);
  return parsed as Record<string, unknown>;
}

function cannotRead(path: string) {
  return ({ code }: NodeJS.ErrnoException): never => {
    const why = code === 'ENOENT' ? 'there is no such file' : code;
    throw new UsageError(`cannot read ${path}: ${why}`);
  };
}

function defined(values: Record<string, string | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}
