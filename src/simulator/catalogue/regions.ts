/** A region as `GET /cloud/project/{serviceName}/region/{regionName}` shows it. */
export interface Region {
  name: string;
  type: 'region' | 'region-3-az' | 'localzone';
  status: 'UP' | 'DOWN' | 'MAINTENANCE';
  continentCode: string;
  countryCode: string;
  datacenterLocation: string;
  availabilityZones: string[];
  ipCountries: string[];
  services: { name: string; status: 'UP' | 'DOWN'; endpoint: string }[];
}

function region(name: string, countryCode: string, datacenterLocation: string, zones: string[] = []): Region {
  return {
    name,
    type: zones.length > 0 ? 'region-3-az' : 'region',
    status: 'UP',
    continentCode: 'EU',
    countryCode,
    datacenterLocation,
    availabilityZones: zones,
    ipCountries: zones.length > 0 ? [] : ['de', 'es', 'fr', 'it', 'pl'],
    services: ['image', 'instance', 'network', 'volume'].map((service) => ({
      name: service,
      status: 'UP',
      endpoint: `https://${service}.compute.${name.toLowerCase()}.cloud.ovh.net/`,
    })),
  };
}

const parisZones = ['eu-west-par-a', 'eu-west-par-b', 'eu-west-par-c'];

export const regions: readonly Region[] = [
  region('GRA11', 'fr', 'GRA11'),
  region('SBG5', 'fr', 'SBG5'),
  region('EU-WEST-PAR', 'fr', 'EU-WEST-PAR', parisZones),
];

export const regionsByName = new Map(regions.map((each) => [each.name, each]));
