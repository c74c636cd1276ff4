import type { CheckedSpec } from '../../contract/index.ts';
import type { Flavor, Image } from '../../ovh/index.ts';
import { nearest } from '../../input/nearest.ts';

/** Two flavors may share a name, one for each kind of operating system: the one that fits the image. */
export function pickFlavor(
  spec: CheckedSpec,
  flavors: Flavor[],
  image: Image | undefined,
  problems: string[],
): Flavor | undefined {
  const { flavor, region } = spec;
  const named = flavors.filter(({ id, name }) => id === flavor || name === flavor);
  if (named.length === 0) {
    const names = flavors.map(({ name }) => name);
    problems.push(
      `flavor "${flavor}" is not sold in ${region}; nearest: ${nearest(flavor, names).join(', ')}`,
    );
    return undefined;
  }
  const fitting = image ? named.find(({ osType }) => osType === image.type) : named[0];
  if (fitting) problems.push(...hindrances(spec, fitting));
  else {
    // Such as "win-b3-8" for "b3-8".
    const meant = flavors.find(({ name, osType }) => osType === image?.type && name.endsWith(`-${flavor}`));
    problems.push(
      `image "${image?.name}" (${image?.type}) does not fit flavor "${flavor}" (${named.map(({ osType }) => osType).join(', ')})` +
        (meant ? `; take flavor "${meant.name}"` : ''),
    );
  }
  return fitting;
}

function hindrances(
  { flavor, region, volumes, bootVolume }: CheckedSpec,
  { available, quota, capabilities }: Flavor,
): string[] {
  const wantsVolumes = volumes.length > 0 || bootVolume !== null;
  return [
    ...(available ? [] : [`flavor "${flavor}" is out of stock in ${region}`]),
    ...(available && quota === 0 ? [`the quota of the project allows no more "${flavor}" in ${region}`] : []),
    ...(wantsVolumes && capabilities['volume'] === false
      ? [`flavor "${flavor}" cannot have volumes; leave them out, or take another flavor`]
      : []),
  ];
}
