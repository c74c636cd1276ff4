import type { Command } from 'commander';
import type { Flavor } from '../../ovh/index.ts';
import { addListing, type ListingOptions } from '../listing.ts';
import { parseCount } from '../parse-count.ts';

interface FlavorOptions extends ListingOptions {
  minRam?: number;
  minCores?: number;
  os?: string;
  available?: boolean;
}

/** `mooring flavors`: what an instance can be. */
export default function flavorsCommand(program: Command): void {
  addListing<Flavor, FlavorOptions>(program, {
    name: 'flavors',
    description: 'what an instance can be: cores, memory, disk, stock',
    options: (command) =>
      command
        .option('--min-ram <GiB>', 'at least so much memory', parseCount)
        .option('--min-cores <n>', 'at least so many cores', parseCount)
        .option('--os <type>', 'linux or windows')
        .option('--available', 'only what is in stock and within the quota'),
    look: async ({ project }, { region, minRam = 0, minCores = 0, os, available }) =>
      (await project.flavors.list(region)).filter(
        (flavor) =>
          flavor.ramGiB >= minRam &&
          flavor.vcpus >= minCores &&
          (os === undefined || flavor.osType === os) &&
          (!available || (flavor.available && flavor.quota !== 0)),
      ),
    columns: {
      FLAVOR: ({ name }) => name,
      REGION: ({ region }) => region,
      CORES: ({ vcpus }) => vcpus,
      RAM: ({ ramGiB }) => `${ramGiB} GiB`,
      DISK: ({ disk }) => `${disk} GB`,
      OS: ({ osType }) => osType,
      STOCK: ({ available }) => (available ? 'yes' : 'no'),
      QUOTA: ({ quota }) => (quota < 0 ? 'unlimited' : quota),
    },
    nameOf: ({ name }) => name,
  });
}
