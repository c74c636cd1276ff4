import type { Baseline, CheckedSpec } from '../../contract/index.ts';
import type { Region } from '../../ovh/index.ts';
import { nearest } from '../../input/nearest.ts';

/**
 * The zone that everything of the node is made in: the spec's or, where the node has an instance, the instance's.
 * Null in regions of one zone, where there is nothing to choose.
 */
export function pickZone(
  { type, availabilityZones: zones }: Region,
  { region, availabilityZone }: CheckedSpec,
  { instances }: Baseline,
  problems: string[],
): string | null {
  const wanted = availabilityZone ?? instances[0]?.availabilityZone ?? null;
  if (type !== 'region-3-az') {
    if (availabilityZone !== null && !zones.includes(availabilityZone))
      problems.push(`${region} has one zone only; leave availabilityZone out`);
    return null;
  }
  if (wanted === null)
    problems.push(`${region} has several zones; name one as availabilityZone: ${zones.join(', ')}`);
  else if (!zones.includes(wanted))
    problems.push(`zone "${wanted}" is not in ${region}; nearest: ${nearest(wanted, zones).join(', ')}`);
  return wanted;
}
