import { setTimeout as sleep } from 'node:timers/promises';
import { OvhApiError, type OvhProject } from '../ovh/index.ts';
import { mayPass } from './reads.ts';

/** Something that a run has made. */
export interface Leftover {
  kind: 'instance' | 'volume' | 'volume snapshot' | 'ssh key';
  id: string;
  name: string;
}

export interface CleaningOptions {
  project: OvhProject;
  /** Left out: all of them. */
  region?: string | undefined;
  /** Of one run, or `MARK` for all that ever were. */
  mark: string;
  pollMs: number;
  /** How long lists must show nothing before they are believed. */
  settleMs: number;
  /** After that much time it gives up. */
  patienceMs: number;
}

export interface Cleaned {
  deleted: Leftover[];
  /** What could not be deleted in time. */
  left: Leftover[];
}

interface Found extends Leftover {
  /** Begins its end, or what must come before. */
  remove(): Promise<unknown>;
  /** It is on its way out. */
  isLeaving: boolean;
}

/**
 * Deletes everything whose name begins with the mark, and looks again until lists have shown nothing for the settle
 * time: a creation whose answer was lost may appear late. What carries no mark is not touched.
 */
export async function cleanUp({ patienceMs, pollMs, ...options }: CleaningOptions): Promise<Cleaned> {
  const deadline = performance.now() + patienceMs;
  const seen = new Map<string, Leftover>();
  let gone = new Set<string>();
  let quietSince = performance.now();
  let found: Found[] = [];
  for (;;) {
    try {
      found = (await look(options)).filter(({ id }) => !gone.has(id));
      gone = new Set([...gone, ...(await removeAll(found))]);
    } catch (error) {
      if (!mayPass(error) || performance.now() > deadline) throw error;
      quietSince = performance.now();
    }
    for (const { kind, id, name } of found) seen.set(id, { kind, id, name });
    if (found.length > 0) quietSince = performance.now();
    const isOver = performance.now() - quietSince >= options.settleMs;
    if (isOver || performance.now() > deadline) break;
    await sleep(pollMs);
  }
  const left = found.map(({ kind, id, name }) => ({ kind, id, name }));
  const deleted = [...seen.values()].filter(({ id }) => !left.some((each) => each.id === id));
  return { deleted, left };
}

/** Asks for the end of each; returns the ids of those that are gone already, whatever lists say. */
async function removeAll(found: Found[]): Promise<string[]> {
  const gone: string[] = [];
  for (const { id, isLeaving, remove } of found) {
    if (isLeaving) continue;
    try {
      await remove();
    } catch (error) {
      // Any other refusal is a matter of order: what holds it goes first, and the next round asks again.
      if (!(error instanceof OvhApiError)) throw error;
      if (error.status === 404) gone.push(id);
    }
  }
  return gone;
}

async function look({
  project,
  region,
  mark,
}: Pick<CleaningOptions, 'project' | 'region' | 'mark'>): Promise<Found[]> {
  const [instances, volumes, snapshots, keys] = await Promise.all([
    project.instances.list(region),
    project.volumes.list(region),
    project.volumeSnapshots.list(region),
    project.sshKeys.list(region),
  ]);
  const marked = <T extends { name: string }>(things: T[]) =>
    things.filter(({ name }) => name.startsWith(mark));
  const here = new Set(instances.filter(({ status }) => status !== 'DELETING').map(({ id }) => id));
  return [
    ...marked(instances)
      .filter(({ status }) => status !== 'DELETED')
      .map(({ id, name, status }): Found => {
        const remove = async () => project.instances.delete(id);
        return { kind: 'instance', id, name, isLeaving: status === 'DELETING', remove };
      }),
    ...marked(snapshots).map(({ id, name, status }): Found => {
      const remove = async () => project.volumeSnapshots.delete(id);
      return { kind: 'volume snapshot', id, name, isLeaving: status === 'deleting', remove };
    }),
    ...marked(volumes)
      .filter(({ status }) => status !== 'deleted')
      .map(({ id, name, status, attachedTo }): Found => {
        const holder = attachedTo.find((instance) => here.has(instance));
        const remove = async () =>
          holder === undefined ? project.volumes.delete(id) : project.volumes.detach(id, holder);
        return { kind: 'volume', id, name, isLeaving: status === 'deleting', remove };
      }),
    ...marked(keys).map(({ id, name }): Found => {
      const remove = async () => project.sshKeys.delete(id);
      return { kind: 'ssh key', id, name, isLeaving: false, remove };
    }),
  ];
}
