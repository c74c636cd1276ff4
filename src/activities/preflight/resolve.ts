import { performance } from 'node:perf_hooks';
import type {
  Baseline,
  CheckedSpec,
  FloatingIpPlan,
  InstanceWanted,
  NetworkWanted,
  OwnVolumeSpec,
  VolumeStatus,
} from '../../contract/index.ts';
import type { Flavor, Image } from '../../ovh/index.ts';
import { required } from '../../contract/required.ts';
import { nearest } from '../../input/nearest.ts';
import { pickFlavor } from './pick-flavor.ts';
import { downSentence } from './down-region.ts';
import { findImage, imagesFor, pickImage } from './pick-image.ts';
import { pickGroup, pickSshKey } from './pick-instance.ts';
import { pickFloatingIp } from './pick-floating-ip.ts';
import { pickNetworks } from './pick-networks.ts';
import { pickForeign, pickSnapshots } from './pick-volumes.ts';
import { pickZone } from './pick-zone.ts';
import { undefinedIfGone, type ServedProject } from '../project.ts';
import { quotaProblems } from './quota.ts';
import { finalFailure } from '../exactly-once/to-failure.ts';

/** What of a node is to be made. */
export interface Missing {
  instance: boolean;
  boot: boolean;
  volumes: OwnVolumeSpec[];
  floatingIp: boolean;
}

/** What the names of a spec mean in its region today, as far as what is missing needs them. */
export interface Resolved {
  flavor: Flavor | undefined;
  image: Image | undefined;
  sshKey: InstanceWanted['sshKey'];
  networks: NetworkWanted[] | null;
  floatingIp: FloatingIpPlan | undefined;
  groupId: string | null;
  availabilityZone: string | null;
  /** By the volume's name in the spec. */
  snapshots: Map<string, string>;
  foreign: Map<string, VolumeStatus>;
}

const NOTHING: Resolved = {
  flavor: undefined,
  image: undefined,
  sshKey: null,
  networks: null,
  floatingIp: undefined,
  groupId: null,
  availabilityZone: null,
  snapshots: new Map(),
  foreign: new Map(),
};

export function isAnyMissing({ instance, boot, volumes, floatingIp }: Missing): boolean {
  return instance || boot || volumes.length > 0 || floatingIp;
}

/** Nobody is refused on a cached word: what does not resolve is resolved once more on fresh answers. */
export async function resolveNames(
  project: ServedProject,
  spec: CheckedSpec,
  baseline: Baseline,
  missing: Missing,
): Promise<Resolved> {
  const asked = performance.now();
  const first = await resolve(project, spec, baseline, missing);
  if (first.problems.length === 0) return first.resolved;
  project.catalogue.forgetBefore(asked);
  const { problems, resolved } = await resolve(project, spec, baseline, missing);
  refuse(problems);
  return resolved;
}

/** @throws PreflightFailed with all of them, when there is any. */
export function refuse(problems: string[]): void {
  if (problems.length > 0) throw finalFailure('PreflightFailed', problems.join('; '));
}

/** In a region that does not exist nothing can be asked. OVH's 404 alone is no proof: its list must lack the region, too. */
export async function refuseUnknownRegion({ catalogue }: ServedProject, region: string): Promise<void> {
  if (await undefinedIfGone(catalogue.region(region))) return;
  const regions = await catalogue.regions();
  if (regions.includes(region)) return;
  refuse([
    `region "${region}" is not enabled on this project; nearest: ${nearest(region, regions).join(', ')}`,
  ]);
}

/** When everything is there neither stock, quota nor catalogue is asked. */
async function resolve(
  project: ServedProject,
  spec: CheckedSpec,
  baseline: Baseline,
  missing: Missing,
): Promise<{ problems: string[]; resolved: Resolved }> {
  const problems: string[] = [];
  const region = isAnyMissing(missing) ? await project.catalogue.region(spec.region) : undefined;
  if (region?.status === 'DOWN') return { problems: [downSentence(spec.region)], resolved: NOTHING };
  const image = await imageFor(project, spec, missing, problems);
  const flavor = missing.instance
    ? pickFlavor(spec, await project.catalogue.flavors(spec.region), image, problems)
    : undefined;
  const sshKey = missing.instance ? await pickSshKey(project, spec, problems) : null;
  const networks = missing.instance ? await pickNetworks(project, spec, problems) : null;
  const floatingIp = missing.floatingIp ? await pickFloatingIp(project, spec, problems) : undefined;
  const groupId = missing.instance ? await pickGroup(project, spec, problems) : null;
  const availabilityZone = region ? pickZone(region, spec, baseline, problems) : null;
  const snapshots = await pickSnapshots(project, spec.region, missing.volumes, problems);
  const foreign = await pickForeign(project, spec, baseline, problems);
  const boot = missing.boot && spec.bootVolume ? [spec.bootVolume] : [];
  if (region)
    problems.push(
      ...(await quotaProblems(project, spec.region, {
        flavor,
        volumes: [...missing.volumes, ...boot],
        floatingIps: floatingIp && 'wanted' in floatingIp && floatingIp.wanted.given === null ? 1 : 0,
      })),
    );
  const resolved = {
    flavor,
    image,
    sshKey,
    networks,
    floatingIp,
    groupId,
    availabilityZone,
    snapshots,
    foreign,
  };
  return { problems, resolved };
}

/** What boots from a volume that is there already needs its image only to choose between flavors of one name. */
async function imageFor(
  project: ServedProject,
  { image, bootVolume, region }: CheckedSpec,
  missing: Missing,
  problems: string[],
): Promise<Image | undefined> {
  if (!missing.instance && !missing.boot) return undefined;
  const nameOrId = required(image ?? bootVolume?.image, 'the image of the spec');
  const images = await imagesFor(project.catalogue, region, nameOrId);
  if (bootVolume && !missing.boot) return findImage(images, nameOrId);
  const picked = pickImage(images, nameOrId, region, problems);
  if (picked && bootVolume && picked.minDisk > bootVolume.size)
    problems.push(`bootVolume.size must be at least ${picked.minDisk} GiB for image "${nameOrId}"`);
  return picked;
}
