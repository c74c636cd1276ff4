import { nearest } from '../input/nearest.ts';
import {
  Governor,
  Ovh,
  resolveEndpoint,
  type CredentialSource,
  type Flavor,
  type Image,
} from '../ovh/index.ts';
import { remembering } from './exchange.ts';
import type { Site } from './lab.ts';

export interface SiteOptions {
  endpoint: string;
  credentials: CredentialSource;
  projectId: string;
  /** Default: the first that is up and has one zone. */
  region?: string | undefined;
  /** Name; default: the one with the least cores that is in stock. */
  flavor?: string | undefined;
  mark: string;
  pollMs: number;
  patienceMs: number;
  signal: AbortSignal;
}

/** The place or the flavor makes no sense; nothing was made. */
export class UnfitSite extends Error {
  override readonly name = 'UnfitSite';
}

/** Looks where a run could be, and changes nothing. */
export async function chooseSite(options: SiteOptions): Promise<Site> {
  const { endpoint, credentials, projectId, mark, pollMs, patienceMs, signal } = options;
  const { fetch, last } = remembering();
  const ovh = new Ovh({ endpoint, credentials, fetch });
  const governor = new Governor({ start: 1000, ceiling: 1000, burst: 1000 });
  const hurried = new Ovh({ endpoint, credentials, governor });
  const project = ovh.project(projectId);
  const region = await chooseRegion(ovh, projectId, options.region);
  const [flavors, images, types, quotas] = await Promise.all([
    project.flavors.list(region),
    project.images.list(region, { osType: 'linux' }),
    project.regional(region).volumeTypes(),
    project.quotas.list(),
  ]);
  const { flavor, image } = chooseMachine(flavors, images, options.flavor, region);
  return {
    ovh,
    hurried,
    project,
    projectId,
    baseUrl: resolveEndpoint(endpoint).baseUrl,
    credentials,
    region,
    flavor,
    image,
    volumeType: types.includes('classic') ? 'classic' : (types[0] ?? 'classic'),
    quota: quotas.find((each) => each.region === region),
    flavors,
    mark,
    last,
    pollMs,
    patienceMs,
    signal,
  };
}

async function chooseRegion(ovh: Ovh, projectId: string, wanted: string | undefined): Promise<string> {
  const { regions } = ovh.project(projectId);
  const names = await regions.list();
  if (wanted !== undefined && !names.includes(wanted)) {
    const meant = nearest(wanted, names).join(' or ');
    throw new UnfitSite(`region ${wanted} is not active in this project; did you mean ${meant}?`);
  }
  for (const name of wanted === undefined ? names : [wanted]) {
    const { type, status } = await regions.get(name);
    if (type === 'region' && status === 'UP') return name;
  }
  throw new UnfitSite(
    wanted === undefined
      ? 'no region of one zone is up and active in this project; activate one first'
      : `region ${wanted} is not one that is up and has one zone, which these calls need; choose another --region`,
  );
}

/** The smallest flavor that can have volumes, and the newest Linux that fits on it. */
function chooseMachine(flavors: Flavor[], images: Image[], wanted: string | undefined, region: string) {
  const fitting = flavors
    .filter(({ name }) => wanted === undefined || name === wanted)
    .filter(({ osType, available, quota }) => osType === 'linux' && available && quota > 0)
    .filter(({ capabilities }) => capabilities['volume'] !== false)
    .sort((a, b) => a.vcpus - b.vcpus || a.ramGiB - b.ramGiB);
  const newest = images
    .filter(({ status, flavorType }) => status === 'active' && !flavorType)
    .sort((a, b) => b.creationDate.localeCompare(a.creationDate));
  for (const flavor of fitting) {
    const fits = ({ minDisk, minRam }: Image) => minDisk <= flavor.disk && minRam <= flavor.ramGiB * 1024;
    const image = newest.find((each) => fits(each) && each.name.startsWith('Debian')) ?? newest.find(fits);
    if (image) return { flavor, image };
  }
  throw new UnfitSite(
    wanted === undefined
      ? `no flavor in ${region} is in stock and within the quota`
      : `flavor ${wanted} is not in ${region}, out of stock, or beyond the quota; "mooring flavors --region ${region}" lists them`,
  );
}
