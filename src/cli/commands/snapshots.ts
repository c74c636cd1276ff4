import type { Command } from 'commander';
import { Option } from 'commander';
import { addListing, type ListingOptions } from '../listing.ts';

interface SnapshotOptions extends ListingOptions {
  kind?: 'volume' | 'image';
}

interface Row {
  kind: 'volume' | 'image';
  id: string;
  name: string;
  region: string;
  /** GiB. */
  size: number;
  status: string;
  /** ISO 8601. */
  created: string;
}

/** `mooring snapshots`: of volumes, for `fromSnapshot`, and of instances, for `image`. */
export default function snapshotsCommand(program: Command): void {
  addListing<Row, SnapshotOptions>(program, {
    name: 'snapshots',
    description: 'snapshots of volumes (for fromSnapshot) and of instances (for image)',
    options: (command) =>
      command.addOption(new Option('--kind <kind>', 'only these').choices(['volume', 'image'])),
    look: async ({ project }, { region, kind }) => {
      const [volumes, images] = await Promise.all([
        kind === 'image' ? [] : project.volumeSnapshots.list(region),
        kind === 'volume' ? [] : project.imageSnapshots.list(region),
      ]);
      return [
        ...volumes.map((each): Row => ({ ...each, kind: 'volume', created: each.creationDate })),
        ...images.map((each): Row => ({ ...each, kind: 'image', created: each.creationDate })),
      ];
    },
    columns: {
      SNAPSHOT: ({ name }) => name || '-',
      KIND: ({ kind }) => kind,
      REGION: ({ region }) => region,
      SIZE: ({ size }) => `${size} GiB`,
      STATUS: ({ status }) => status,
      CREATED: ({ created }) => created.slice(0, 16).replace('T', ' '),
      ID: ({ id }) => id,
    },
    nameOf: ({ id }) => id,
  });
}
