import type { Census, Identifier, ServerTime } from '../contract/index.ts';
import { Attempt } from './attempt.ts';
import { aliveMarked } from './marked.ts';
import { isWorking } from './operations.ts';
import type { PauseWatch } from './pause-watch.ts';
import type { Project, Projects } from './project.ts';
import { instanceIsAlive, volumeIsAlive } from './status.ts';
import { waitFor, type Judgement } from './wait-for.ts';

export function countActivities({ projects, pauses }: { projects: Projects; pauses: PauseWatch }) {
  return {
    /**
     * What OVH holds under the node's mark beyond what history knows. It waits until lists show all that history
     * knows, and for the settle window if any create was unclear: a list that hides our own thing would hide its twin.
     */
    async count({ place, known, settleUntil }: Census): Promise<Identifier[]> {
      const project = projects.get(place.project);
      const attempt = new Attempt(pauses);
      const since = attempt.now();
      const ids = new Set(known.map(({ id }) => id));
      /** When OVH was last seen working on something that may be ours. */
      let quietSince: ServerTime = Number.NEGATIVE_INFINITY;
      return waitFor<Seen, Identifier[]>({
        attempt,
        subject: `node ${place.node}`,
        since,
        // What is there is there: no deadline may undo a node because a list is slow.
        deadline: Number.POSITIVE_INFINITY,
        gone: 'InstanceFailed',
        settleMs: project.settleMs,
        look: async (withinMs) => {
          await attempt.sleep(withinMs);
          const began = attempt.now();
          const { instances, volumes } = await aliveMarked(project, place, ids);
          return {
            began,
            things: [
              ...instances.map(({ id, name }) => ({ kind: 'instance' as const, id, name })),
              ...volumes.map(({ id, name }) => ({ kind: 'volume' as const, id, name })),
            ],
          };
        },
        judge: async ({ began, things }): Promise<Judgement<Identifier[]>> => {
          const hidden = known.filter(({ id }) => things.every((thing) => thing.id !== id));
          for (const thing of hidden)
            if (!(await isAlive(project, place.region, thing)))
              return {
                failed: thing.kind === 'instance' ? 'InstanceFailed' : 'VolumeFailed',
                message: `${thing.kind} ${thing.name} (${thing.id}) is gone: somebody deleted it`,
              };
          if (hidden.length > 0)
            return { pending: `OVH's lists do not show ${hidden.map(({ name }) => name).join(', ')} yet` };
          if (settleUntil !== null && (await isWorking(project, place.region, settleUntil)))
            quietSince = attempt.now();
          if (settleUntil !== null && began < Math.max(settleUntil, quietSince + project.settleMs))
            return { pending: 'an answer of OVH was lost; looking whether it made anything more' };
          return { done: things.filter(({ id }) => known.every((thing) => thing.id !== id)) };
        },
      });
    },
  };
}

interface Seen {
  began: number;
  things: Identifier[];
}

async function isAlive(project: Project, region: string, { kind, id }: Identifier): Promise<boolean> {
  if (kind === 'volume') {
    const volume = await project.volumes(region).get(id);
    return volume !== undefined && volumeIsAlive(volume);
  }
  const instance = await project.instances(region).get(id);
  return instance !== undefined && instanceIsAlive(instance);
}
