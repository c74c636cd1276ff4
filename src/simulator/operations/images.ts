import { images, imagesById, type Image } from '../catalogue/images.ts';
import { notFound } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import { oneOf, optional, string } from '../http/parameters.ts';
import type { Project } from '../world/project.ts';

const osType = oneOf('cloud.image.OSTypeEnum', ['baremetal-linux', 'bsd', 'linux', 'windows']);

export const imageOperations = [
  inProject({
    method: 'GET',
    path: '/image',
    iam: 'image/get',
    query: { flavorType: optional(string), osType: optional(osType), region: optional(string) },
    handle: ({ project, now, query: { flavorType, osType, region } }) =>
      images.filter(
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
    handle({ params: { imageId } }) {
      const image = imagesById.get(imageId);
      if (!image) throw notFound('imageId', imageId);
      return image;
    },
  }),
];

/** An image of OVH's or of the project's own, with its status now. */
export function findImage(project: Project, id: string, now: number): Image | undefined {
  const own = project.imageSnapshots.get(id);
  const status = own?.states.at(now);
  return own && status ? { ...own.image, status } : imagesById.get(id);
}

/** One that can be booted in that region. */
export function usableImage(project: Project, id: string, region: string, now: number): Image | undefined {
  const image = findImage(project, id, now);
  return image?.region === region && image.status === 'active' ? image : undefined;
}
