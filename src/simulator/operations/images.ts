import type { Image } from '../catalogue/images.ts';
import { notFound } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import { oneOf, optional, string } from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { World } from '../world/world.ts';

const osType = oneOf('cloud.image.OSTypeEnum', ['baremetal-linux', 'bsd', 'linux', 'windows']);

export const imageOperations = [
  inProject({
    method: 'GET',
    path: '/image',
    iam: 'image/get',
    query: { flavorType: optional(string), osType: optional(osType), region: optional(string) },
    handle: ({ project, now, query: { flavorType, osType, region } }) =>
      [...project.images.values()].filter(
        (image) =>
          project.hasRegion(image.region, now) &&
          (!region || image.region === region) &&
          (!osType || image.type === osType) &&
          (!flavorType || image.flavorType === null || image.flavorType === flavorType),
      ),
  }),

  inProject({
    method: 'GET',
    path: '/image/{imageId}',
    iam: 'image/get',
    handle({ project, params: { imageId } }) {
      const image = project.images.get(imageId);
      if (!image) throw notFound('imageId', imageId);
      return image;
    },
  }),
];

/** An image of OVH's or of the project's own, with its status now. */
export function findImage(project: ProjectRecord, id: string, now: number): Image | undefined {
  const own = project.imageSnapshots.get(id);
  const status = own?.states.at(now);
  return own && status ? { ...own.image, status } : project.images.get(id);
}

/** The newest of a name that can be booted. */
export function newestImage(project: ProjectRecord, region: unknown, name: unknown): Image | undefined {
  return [...project.images.values()]
    .filter((each) => each.region === region && each.name === name && each.status === 'active')
    .toSorted((a, b) => b.creationDate.localeCompare(a.creationDate))[0];
}

/** OVH publishes an image anew: the name stands for another id, and the one that it had is gone. */
export function republishImage(world: World, project: ProjectRecord, old: Image, now: number): Image {
  const image = { ...old, id: world.random.uuid(), creationDate: world.date(now) };
  project.images.delete(old.id);
  project.images.set(image.id, image);
  return image;
}

/** One that can be booted in that region. */
export function usableImage(
  project: ProjectRecord,
  id: string,
  region: string,
  now: number,
): Image | undefined {
  const image = findImage(project, id, now);
  return image?.region === region && image.status === 'active' ? image : undefined;
}
