import type { Place } from '../../contract/index.ts';
import { marked } from '../inventory/marked.ts';
import type { ServedProject } from '../project.ts';
import { finalFailure } from '../exactly-once/to-failure.ts';

export function downSentence(region: string): string {
  return `OVH says that region ${region} is DOWN: nothing can be made there now`;
}

/**
 * Looks, and where that fails because the region is down says so at once instead of waiting for it. Only where something
 * is to be made: what stands there waits.
 *
 * @throws PreflightFailed
 */
export async function unlessDown<T>(
  project: ServedProject,
  region: string,
  look: () => Promise<T>,
  makesAny: () => Promise<boolean>,
): Promise<T> {
  try {
    return await look();
  } catch (error) {
    const isHopeless = await Promise.all([isDown(project, region), makesAny()]).catch(() => [false]);
    if (isHopeless.every(Boolean)) throw finalFailure('PreflightFailed', downSentence(region));
    throw error;
  }
}

/** By the lists of the whole project, which go on while the node's region does not. They are no baseline. */
export async function showsNothingOf(project: ServedProject, place: Place): Promise<boolean> {
  const [instances, volumes] = await Promise.all([project.instances().list(), project.volumes().list()]);
  const ours = marked(project, place, { instances, volumes });
  return ours.instances.length === 0 && ours.volumes.length === 0;
}

async function isDown({ ovh }: ServedProject, region: string): Promise<boolean> {
  return (await ovh.regions.get(region)).status === 'DOWN';
}
