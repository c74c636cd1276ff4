import type { CheckedSpec } from '../contract/index.ts';
import type { Flavor, Image } from '../ovh/index.ts';
import { privateNetwork } from './differences.ts';
import { nearest } from './nearest.ts';
import type { Project } from './project.ts';
import { quotaProblems } from './quota.ts';
import { finalFailure } from './to-failure.ts';

/** The ids that the names of a spec mean in its region today. */
export interface Resolved {
  flavorId: string;
  imageId: string;
  sshKeyId: string | null;
  networks: { networkId: string; ip?: string }[] | null;
}

type Missing = CheckedSpec['volumes'];

/** Nobody is refused on a cached word: what does not resolve is resolved once more on fresh answers. */
export async function resolveNames(project: Project, spec: CheckedSpec, missing: Missing): Promise<Resolved> {
  const first = await resolve(project, spec, missing);
  if (first.problems.length === 0) return first.resolved;
  project.catalogue.forget();
  const { problems, resolved } = await resolve(project, spec, missing);
  refuse(problems);
  return resolved;
}

/** @throws PreflightFailed with all of them, when there is any. */
export function refuse(problems: string[]): void {
  if (problems.length > 0) throw finalFailure('PreflightFailed', problems.join('; '));
}

async function resolve(
  project: Project,
  spec: CheckedSpec,
  missing: Missing,
): Promise<{ problems: string[]; resolved: Resolved }> {
  const { catalogue } = project;
  const { region } = spec;
  const [flavors, images] = await Promise.all([catalogue.flavors(region), catalogue.images(region)]);
  const problems: string[] = [];
  const image = pickImage(spec, images, problems);
  const flavor = pickFlavor(spec, flavors, image, problems);
  const sshKeyId = await pickSshKey(project, spec, problems);
  const networks = await pickNetworks(project, spec, problems);
  problems.push(...(await quotaProblems(project, region, flavor, missing)));
  return { problems, resolved: { flavorId: flavor?.id ?? '', imageId: image?.id ?? '', sshKeyId, networks } };
}

/** In a region that does not exist nothing can be asked. */
export async function refuseUnknownRegion({ catalogue }: Project, region: string): Promise<void> {
  if ((await catalogue.regions()).includes(region)) return;
  catalogue.forget();
  const regions = await catalogue.regions();
  if (!regions.includes(region))
    refuse([
      `region "${region}" is not enabled on this project; nearest: ${nearest(region, regions).join(', ')}`,
    ]);
}

/** The newest active image of that name: images are republished under new ids. */
function pickImage({ image, region }: CheckedSpec, images: Image[], problems: string[]): Image | undefined {
  const active = images.filter(({ status }) => status === 'active');
  const [newest] = active
    .filter(({ id, name }) => id === image || name === image)
    .sort((a, b) => b.creationDate.localeCompare(a.creationDate));
  if (!newest)
    problems.push(
      `image "${image}" is not offered in ${region}; nearest: ${nearest(
        image,
        active.map(({ name }) => name),
      ).join(', ')}`,
    );
  return newest;
}

/** Two flavors may share a name, one for each kind of operating system: the one that fits the image. */
function pickFlavor(
  { flavor, region, image: imageName }: CheckedSpec,
  flavors: Flavor[],
  image: Image | undefined,
  problems: string[],
): Flavor | undefined {
  const named = flavors.filter(({ id, name }) => id === flavor || name === flavor);
  if (named.length === 0) {
    const names = flavors.map(({ name }) => name);
    problems.push(
      `flavor "${flavor}" is not sold in ${region}; nearest: ${nearest(flavor, names).join(', ')}`,
    );
    return undefined;
  }
  const fitting = image ? named.find(({ osType }) => osType === image.type) : named[0];
  if (!fitting)
    problems.push(
      `image "${imageName}" (${image?.type}) does not fit flavor "${flavor}" (${named.map(({ osType }) => osType).join(', ')})`,
    );
  else if (!fitting.available) problems.push(`flavor "${flavor}" is out of stock in ${region}`);
  else if (fitting.quota === 0)
    problems.push(`the quota of the project allows no more "${flavor}" in ${region}`);
  return fitting;
}

async function pickSshKey(
  project: Project,
  { sshKey, region }: CheckedSpec,
  problems: string[],
): Promise<string | null> {
  if (sshKey === null) return null;
  const keys = await project.catalogue.sshKeys(region);
  const key = keys.find(({ name }) => name === sshKey);
  if (key) return key.id;
  const known =
    keys.length === 0
      ? 'it has none'
      : `nearest: ${nearest(
          sshKey,
          keys.map(({ name }) => name),
        ).join(', ')}`;
  problems.push(`SSH key "${sshKey}" is not in the project for ${region}; ${known}`);
  return null;
}

/** Null for the public network alone, which is what OVH gives to who names none. */
async function pickNetworks(
  project: Project,
  spec: CheckedSpec,
  problems: string[],
): Promise<Resolved['networks']> {
  if (spec.networks.every((network) => 'public' in network)) return null;
  const networks = await project.catalogue.networks();
  return spec.networks.flatMap((wanted) => {
    const found =
      'public' in wanted
        ? publicNetwork(networks, spec.region)
        : privateNetwork(networks, wanted.network, spec.region);
    if (found?.openstackId)
      return [
        { networkId: found.openstackId, ...('ip' in wanted && wanted.ip !== undefined && { ip: wanted.ip }) },
      ];
    const names = networks.filter(({ visibility }) => visibility === 'private').map(({ name }) => name);
    const known =
      names.length === 0
        ? 'the project has none'
        : `nearest: ${nearest('network' in wanted ? wanted.network : '', names).join(', ')}`;
    problems.push(
      'public' in wanted
        ? `${spec.region} has no public network`
        : `network "${wanted.network}" is not in ${spec.region}; ${known}`,
    );
    return [];
  });
}

function publicNetwork(networks: Awaited<ReturnType<Project['catalogue']['networks']>>, region: string) {
  const here = networks
    .filter(({ visibility }) => visibility === 'public')
    .flatMap(({ regions }) => regions.filter((candidate) => candidate.region === region));
  return here[0];
}
