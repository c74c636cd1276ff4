import type { Command } from 'commander';
import { readVolume } from '../../identity/mark.ts';
import type { Volume } from '../../ovh/index.ts';
import { UsageError } from '../cli-error.ts';
import { addListing, type ListingOptions } from '../listing.ts';

interface VolumeOptions extends ListingOptions {
  free?: boolean;
  node?: string;
}

type Row = Volume & { node: string | null };

/** `mooring volumes`: every volume of the project, and whose it is. */
export default function volumesCommand(program: Command): void {
  addListing<Row, VolumeOptions>(program, {
    name: 'volumes',
    description: 'every volume of the project, and the node that owns it',
    options: (command) =>
      command
        .option('--free', 'only those that no instance has')
        .option('--node <name>', 'only those of this node (needs MOORING_OWNER)'),
    look: async ({ project, config }, { region, free, node }) => {
      const { ownerIn } = await import('../../worker/configuration/settings.ts');
      const { isLoopback } = await import('../../worker/configuration/projects.ts');
      const given = ownerIn(process.env);
      // As a worker reads it: only against a simulator does it go without.
      if (node !== undefined && given === undefined && !isLoopback(config.endpoint))
        throw new UsageError(
          'whose a volume is can be told by the owner in its name alone: set MOORING_OWNER to the one that the workers have',
        );
      const owner = given ?? 'simulator';
      const volumes = await project.volumes.list(region);
      return volumes
        .map((volume): Row => {
          const identity = { owner, projectId: config.projectId, region: volume.region };
          return { ...volume, node: readVolume(volume, identity)?.node ?? null };
        })
        .filter((volume) => !free || volume.attachedTo.length === 0)
        .filter((volume) => node === undefined || volume.node === node);
    },
    columns: {
      VOLUME: ({ name }) => name || '-',
      REGION: ({ region, availabilityZone }) => availabilityZone ?? region,
      NODE: ({ node }) => node ?? '-',
      SIZE: ({ size }) => `${size} GiB`,
      TYPE: ({ type }) => type,
      STATUS: ({ status }) => status,
      ID: ({ id }) => id,
    },
    nameOf: ({ id }) => id,
  });
}
