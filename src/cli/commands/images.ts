import type { Command } from 'commander';
import type { Image } from '../../ovh/index.ts';
import { addListing, type ListingOptions } from '../listing.ts';

interface ImageOptions extends ListingOptions {
  os?: string;
  own?: boolean;
  all?: boolean;
}

/** `mooring images`: what an instance can boot, OVH's and the project's own. */
export default function imagesCommand(program: Command): void {
  addListing<Image, ImageOptions>(program, {
    name: 'images',
    description: 'what an instance can boot: the newest of each name, and the project’s own',
    options: (command) =>
      command
        .option('--os <type>', 'linux, windows or bsd')
        .option('--own', 'only images that were taken of instances')
        .option('--all', 'also older ones of the same name, and those that are not active'),
    look: async ({ project }, { region, os, own, all }) => {
      const published = own ? [] : await project.images.list(region);
      const images = [...published, ...(await project.imageSnapshots.list(region))];
      const typed = images.filter(({ type }) => os === undefined || type === os);
      return all ? typed : newest(typed.filter(({ status }) => status === 'active'));
    },
    columns: {
      IMAGE: ({ name }) => name,
      REGION: ({ region }) => region,
      OS: ({ type }) => type,
      'LOG IN AS': ({ user }) => user || '-',
      STATUS: ({ status }) => status,
      CREATED: ({ creationDate }) => creationDate.slice(0, 10),
      ID: ({ id }) => id,
    },
    nameOf: ({ name }) => name,
  });
}

/** A name in a spec means the newest of that name. */
function newest(images: Image[]): Image[] {
  const byPlace = new Map<string, Image>();
  for (const image of images) {
    const key = `${image.region} ${image.name}`;
    const known = byPlace.get(key);
    if (!known || known.creationDate < image.creationDate) byPlace.set(key, image);
  }
  return [...byPlace.values()];
}
