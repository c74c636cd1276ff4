export const regionStatuses = ['UP', 'DOWN', 'MAINTENANCE'] as const;

/** A region as `GET /cloud/project/{serviceName}/region/{regionName}` shows it. */
export interface Region {
  name: string;
  type: 'region' | 'region-3-az' | 'localzone';
  status: (typeof regionStatuses)[number];
  continentCode: string;
  countryCode: string;
  datacenterLocation: string;
  availabilityZones: string[];
  ipCountries: string[];
  services: { name: string; status: 'UP' | 'DOWN'; endpoint: string }[];
}

function region(
  name: string,
  countryCode: string,
  { type = 'region', zones = [] }: { type?: Region['type']; zones?: string[] } = {},
): Region {
  return {
    name,
    type,
    status: 'UP',
    continentCode: 'EU',
    countryCode,
    datacenterLocation: name,
    availabilityZones: zones,
    ipCountries: type !== 'region' ? [] : ['de', 'es', 'fr', 'it', 'pl'],
    services: ['image', 'instance', 'network', 'volume'].map((service) => ({
      name: service,
      status: 'UP',
      endpoint: `https://${service}.compute.${name.toLowerCase()}.cloud.ovh.net/`,
    })),
  };
}

const parisZones = ['eu-west-par-a', 'eu-west-par-b', 'eu-west-par-c'];

export const regions: readonly Region[] = [
  region('GRA11', 'fr'),
  region('SBG5', 'fr'),
  region('EU-WEST-PAR', 'fr', { type: 'region-3-az', zones: parisZones }),
  region('EU-WEST-LZ-BRU-A', 'be', { type: 'localzone' }),
  region('WAW1', 'pl'),
];

/** What a new project begins with; the others must be asked for. */
export const activatedRegions = regions.filter(({ name }) => name !== 'WAW1');

export const regionsByName = new Map(regions.map((each) => [each.name, each]));

const planSuffixes = { region: '', 'region-3-az': '.3AZ', localzone: '.LZ' } as const;

/** What the plans of a region end in: those of local zones and of several zones have prices of their own. */
export function planSuffix(regionName: string): (typeof planSuffixes)[Region['type']] {
  return planSuffixes[regionsByName.get(regionName)?.type ?? 'region'];
}
