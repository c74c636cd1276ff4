import type { Command } from 'commander';
import type { SshKey } from '../../ovh/index.ts';
import { addListing } from '../listing.ts';

/** `mooring keys`: the SSH keys that a spec can name. */
export default function keysCommand(program: Command): void {
  addListing<SshKey>(program, {
    name: 'keys',
    description: 'the SSH keys of the project',
    look: ({ project }, { region }) => project.sshKeys.list(region),
    columns: {
      KEY: ({ name }) => name,
      TYPE: ({ publicKey }) => publicKey.split(' ')[0] ?? '',
      REGIONS: ({ regions }) => regions.join(' '),
      ID: ({ id }) => id,
    },
    nameOf: ({ name }) => name,
  });
}
