import { regions } from './regions.ts';
import { stableId } from './stable-id.ts';

/** An image as the API shows it. */
export interface Image {
  id: string;
  name: string;
  region: string;
  status: string;
  type: 'linux' | 'windows';
  user: string;
  visibility: 'public' | 'private';
  /** GiB. */
  size: number;
  /** GB. */
  minDisk: number;
  /** MB. */
  minRam: number;
  creationDate: string;
  flavorType: string | null;
  planCode: string | null;
  tags: string[];
}

const published = '2026-03-11T08:30:00Z';

/** Name, login, type, size in GiB. */
const systems = [
  ['Debian 11', 'debian', 'linux', 2.1],
  ['Debian 12', 'debian', 'linux', 2.4],
  ['Debian 13', 'debian', 'linux', 2.6],
  ['Ubuntu 22.04', 'ubuntu', 'linux', 2.2],
  ['Ubuntu 24.04', 'ubuntu', 'linux', 3.5],
  ['Rocky Linux 9', 'rocky', 'linux', 1.8],
  ['Windows Server 2022 (Standard)', 'Administrator', 'windows', 14.5],
] as const;

function image(
  region: string,
  [name, user, type, size]: (typeof systems)[number],
  { creationDate = published, status = 'active' } = {},
): Image {
  return {
    id: stableId('image', region, name, creationDate, status),
    name,
    region,
    status,
    type,
    user,
    visibility: 'public',
    size,
    minDisk: type === 'windows' ? 50 : 0,
    minRam: type === 'windows' ? 2000 : 0,
    creationDate,
    flavorType: null,
    planCode: null,
    tags: [],
  };
}

const debian12 = systems[1];

/**
 * Images are republished under new ids: in GRA11 "Debian 12" is there three times, the previous one still active,
 * and the newest of all already withdrawn. The one to take is the newest active one.
 */
export const images: readonly Image[] = [
  image('GRA11', debian12, { creationDate: '2025-09-02T07:15:00Z' }),
  image('GRA11', debian12, { creationDate: '2026-03-20T09:00:00Z', status: 'deactivated' }),
  ...regions.flatMap(({ name: region }) => systems.map((system) => image(region, system))),
];

export const imagesById = new Map(images.map((each) => [each.id, each]));
