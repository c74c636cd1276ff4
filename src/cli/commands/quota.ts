import type { Command } from 'commander';
import type { Quota } from '../../ovh/index.ts';
import { addListing } from '../listing.ts';

/** `mooring quota`: how much of everything is used, and how much may be. */
export default function quotaCommand(program: Command): void {
  addListing<Quota>(program, {
    name: 'quota',
    description: 'what the project uses and may have, by region',
    look: ({ project }) => project.quotas.list(),
    columns: {
      REGION: ({ region }) => region,
      INSTANCES: ({ instance }) => used(instance?.usedInstances, instance?.maxInstances),
      CORES: ({ instance }) => used(instance?.usedCores, instance?.maxCores),
      RAM: ({ instance }) => used(instance?.usedRAM, instance?.maxRam),
      VOLUMES: ({ volume }) => used(volume?.volumeCount, volume?.maxVolumeCount),
      GIB: ({ volume }) => used(volume?.usedGigabytes, volume?.maxGigabytes),
      KEYS: ({ keypair }) => (keypair ? `max. ${keypair.maxCount}` : '-'),
    },
    nameOf: ({ region }) => region,
  });
}

/** −1 is OVH's word for no limit. */
function used(now: number | undefined, max: number | undefined): string {
  if (now === undefined || max === undefined) return '-';
  return max < 0 ? `${now}` : `${now} of ${max}`;
}
