import { images, imagesById } from '../catalogue/images.ts';
import { notFound } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import { oneOf, optional, string } from '../http/parameters.ts';

const osType = oneOf('cloud.image.OSTypeEnum', ['baremetal-linux', 'bsd', 'linux', 'windows']);

export const imageOperations = [
  inProject({
    method: 'GET',
    path: '/image',
    iam: 'image/get',
    query: { flavorType: optional(string), osType: optional(osType), region: optional(string) },
    handle: ({ query: { flavorType, osType, region } }) =>
      images.filter(
        (image) =>
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
