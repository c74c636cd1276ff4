import type { Context } from 'hono';

import { flavors } from '../catalogue/flavors.ts';
import { isObject } from '../http/parameters.ts';
import { newestImage } from '../operations/images.ts';
import type { ProjectRecord } from '../world/project.ts';

/** The JSON object that was sent; nothing at all is an empty one. */
export async function readObject(c: Context): Promise<Record<string, unknown>> {
  const text = await c.req.text();
  if (text === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TypeError('The body is not JSON.');
  }
  if (!isObject(value)) throw new TypeError('The body is not a JSON object.');
  return value;
}

/** Checks that every field is one of the known ones and a number that is not negative. */
export function checkNumbers<Known extends object>(
  given: Record<string, unknown>,
  known: Known,
): Partial<Known> {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(known, name)) {
      throw new TypeError(`There is no "${name}"; there are ${Object.keys(known).join(', ')}.`);
    }
    if (typeof value !== 'number' || (value < 0 && name !== 'clockSkewMs')) {
      throw new TypeError(`${name} is a number that is not negative.`);
    }
  }
  // Each of its fields is one of the known, which are numbers all.
  return given as Partial<Known>;
}

/** A name of a thing, as somebody types it into OVH's pages. */
export function readName({ name }: Record<string, unknown>): string {
  if (typeof name === 'string' && name !== '') return name;
  throw new TypeError('name is what it is to be called.');
}

/** The ids of a flavor and an image by their names, as a person who uses OVH's pages finds them. */
export function idsByName(project: ProjectRecord, region: unknown, flavorName: unknown, imageName: unknown) {
  const image = newestImage(project, region, imageName);
  const flavor = flavors.find(
    (each) => each.region === region && each.name === flavorName && each.osType === (image?.type ?? 'linux'),
  );
  if (!flavor || !image) throw new TypeError('There is no such flavor or image in that region.');
  return { flavorId: flavor.id, imageId: image.id };
}
