import type { Image } from '../../ovh/index.ts';
import type { Catalogue } from './catalogue.ts';
import { nearest } from '../../input/nearest.ts';

/** The newest active image of that name or id: images are republished under new ids. */
export function findImage(images: Image[], nameOrId: string): Image | undefined {
  return images
    .filter(({ id, name, status }) => status === 'active' && (id === nameOrId || name === nameOrId))
    .sort((a, b) => b.creationDate.localeCompare(a.creationDate))[0];
}

/** What OVH publishes and, where that does not have it, the project's own snapshots. */
export async function imagesFor(
  { images, imageSnapshots }: Pick<Catalogue, 'images' | 'imageSnapshots'>,
  region: string,
  nameOrId: string,
): Promise<Image[]> {
  const published = await images(region);
  return findImage(published, nameOrId) ? published : [...published, ...(await imageSnapshots(region))];
}

export function pickImage(
  images: Image[],
  nameOrId: string,
  region: string,
  problems: string[],
): Image | undefined {
  const image = findImage(images, nameOrId);
  if (image) return image;
  const names = images.filter(({ status }) => status === 'active').map(({ name }) => name);
  problems.push(
    `image "${nameOrId}" is not offered in ${region}; nearest: ${nearest(nameOrId, names).join(', ')}`,
  );
  return undefined;
}
