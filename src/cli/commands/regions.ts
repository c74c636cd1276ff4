import type { Command } from 'commander';
import type { Region } from '../../ovh/index.ts';
import { addListing, type ListingOptions } from '../listing.ts';

interface RegionOptions extends ListingOptions {
  available?: boolean;
}

type Row = Pick<Region, 'name' | 'type' | 'availabilityZones'> & { status: string };

/** `mooring regions`: where a project may have nodes. */
export default function regionsCommand(program: Command): void {
  addListing<Row, RegionOptions>(program, {
    name: 'regions',
    description: 'where the project may have nodes, and the zones of each',
    options: (command) => command.option('--available', 'those that could be activated for the project'),
    look: async ({ project }, { available, region }) => {
      if (available) {
        const offered = await project.regions.available();
        return offered.map((each) => ({ ...each, status: 'not activated', availabilityZones: [] }));
      }
      const names = await project.regions.list();
      const wanted = names.filter((name) => region === undefined || name === region);
      return Promise.all(wanted.map((name) => project.regions.get(name)));
    },
    columns: {
      REGION: ({ name }) => name,
      TYPE: ({ type }) => type,
      STATUS: ({ status }) => status,
      ZONES: ({ availabilityZones }) => availabilityZones.join(' ') || '-',
    },
    nameOf: ({ name }) => name,
  });
}
