import { setTimeout as sleep } from 'node:timers/promises';
import type {
  Attached,
  Attachment,
  Awaited,
  Created,
  FailureType,
  Place,
  ServerTime,
  VolumeStatus,
  VolumeWanted,
} from '../contract/index.ts';
import type { Client } from '@temporalio/client';
import { timing } from '../contract/timing.ts';
import type { MutateOptions, Volume } from '../ovh/index.ts';
import { Attempt } from './exactly-once/attempt.ts';
import { volumeIsAlive } from './inventory/alive.ts';
import { createOnce, type CreateMemory, type CreateWindow, type Found } from './exactly-once/create-once.ts';
import { instanceSign, volumeDescription, volumeWireName } from '../identity/mark.ts';
import { aliveMarked, identifiersOf } from './inventory/marked.ts';
import { isWorking, madeBy } from './looking/operations.ts';
import type { PauseWatch } from './exactly-once/pause-watch.ts';
import type { ServedProject, ServedProjects } from './project.ts';
import { inOwnHistory } from './proof/own-history.ts';
import { ownProject } from './proof/own-project.ts';
import { knownVolumeStatus } from './inventory/status.ts';
import { finalFailure, notReady, toFailure, verdictOf } from './exactly-once/to-failure.ts';
import { SettleWindow } from './exactly-once/settle-window.ts';
import { volumeKind } from './looking/usual-times.ts';
import { isFor, isOrdered, waitFor, type Judgement, type Ordered } from './looking/wait-for.ts';

interface VolumeDependencies {
  projects: ServedProjects;
  /** For what this run has seen, where a name does not say it. */
  temporal: Client;
  pauses: PauseWatch;
}

export function volumeActivities({ projects, temporal, pauses }: VolumeDependencies) {
  return {
    /** Creates the volume. Safe to repeat: it looks for its own before it posts, by a name that no other run gives. */
    async createVolume(wanted: VolumeWanted, { deadline, lookedAt }: CreateWindow): Promise<Created> {
      const { place } = wanted;
      const { region } = place;
      const attempt = new Attempt<CreateMemory>(pauses);
      const project = ownProject(projects, place, attempt);
      return createOnce({
        kind: 'volume',
        name: volumeWireName(place, wanted.volume),
        attempt,
        settleMs: project.settleMs,
        deadline,
        lookedAt,
        find: () => findVolume(project, wanted),
        post: (options) => project.catalogue.ordering(() => postVolume(project, wanted, options)),
        madeBy: (operationId) => madeBy(project, region, operationId, 'volume'),
        isWorking: (by) => isWorking(project, region, by),
      });
    },

    /** Waits until the volume can be attached, or is attached already. Reads only. */
    async awaitVolume(awaited: Awaited<KnownVolume>): Promise<VolumeStatus> {
      const ordered = isOrdered(awaited.known);
      return awaitState(awaited, { wanted: 'available', act: 'volume', ordered }, ({ status }) =>
        status.status === 'available' || status.status === 'in-use' ? { done: status } : undefined,
      );
    },

    /**
     * Attaches the volume. Safe to repeat: it looks by id first, unless the run has just seen that the volume is free;
     * and OVH attaches once only. Unclear: OVH may attach it again, by an earlier request whose answer was lost.
     * `attached`: what it was seen as, where that took no longer than a moment.
     */
    async attachVolume(
      what: Attachment & { place: Place },
      { deadline, known }: { deadline: ServerTime; known: VolumeStatus },
    ): Promise<Attached> {
      const { place, volumeId, volumeName, instanceId, isFree } = what;
      const attempt = new Attempt(pauses);
      const project = ownProject(projects, place, attempt);
      const { ovh } = project;
      let unclear = !attempt.isFirst;
      const act = async () => {
        try {
          await refuseAnotherNode(project, place, instanceId);
          if (!attempt.isFirst || !isFree) {
            const volume = await ovh.volumes.get(volumeId);
            if (isAttaching(volume, instanceId)) return;
            refuseIfTaken(volume);
            if (!attempt.isFirst && attempt.now() > deadline)
              throw finalFailure(
                'DeadlineExceeded',
                `volume ${volumeName} is ${volume.status}; it was not attached in time`,
              );
            if (!canBeAttached(volume))
              throw notReady(
                `volume ${volumeName} is ${volume.status}; it can be attached once it is available`,
                2 * timing.soonMs,
                { ovhStatus: volume.status, expectedMs: null },
              );
          }
          await ovh.volumes.attach(volumeId, instanceId, attempt.sending);
        } catch (error) {
          const { final, applied } = verdictOf(error);
          // A refusal may only mean that an earlier request, whose answer was lost, has been applied.
          if (final && (await isAttachedNow(project, what))) return;
          unclear ||= applied === 'maybe';
          throw toFailure(error, unclear);
        }
      };
      return attempt.beating(async () => {
        await act();
        return { unclear, attached: await attachedSoon(attempt, place, { ...known, instanceId }) };
      });
    },

    /**
     * Waits until OVH says that the volume is in use by the instance. Null: it is free long after OVH was `asked` to
     * attach it, so that came to nothing. Reads only.
     */
    async awaitAttached(
      awaited: Awaited<VolumeStatus & { instanceId: string }> & { asked?: ServerTime },
    ): Promise<VolumeStatus | null> {
      const { known, asked = Number.POSITIVE_INFINITY } = awaited;
      const ordered = awaited.asked !== undefined && !known.attachedTo.includes(known.instanceId);
      const wait = { wanted: 'in-use', act: 'attach', ordered } as const;
      return awaitState<VolumeStatus | null>(awaited, wait, ({ status, now, settleMs }) => {
        if (isAttached(status, known)) return { done: status };
        const isFree = status.status === 'available' && status.attachedTo.length === 0;
        return isFree && new SettleWindow(settleMs, asked).isOver(now) ? { done: null } : undefined;
      });
    },
  };

  /** What takes longer, or goes wrong, is the wait's that comes after it: nothing that is seen here fails an attach. */
  async function attachedSoon(
    attempt: Attempt,
    place: Place,
    known: VolumeStatus & { instanceId: string },
  ): Promise<VolumeStatus | null> {
    const awaited = { place, known, since: attempt.now(), deadline: Number.POSITIVE_INFINITY };
    const turnMs = attempt.elapsedMs() + timing.attachMs;
    const wait = { wanted: 'in-use', act: 'attach', ordered: true, attempt, turnMs } as const;
    const seen = awaitState<VolumeStatus>(awaited, wait, ({ status }) =>
      isAttached(status, known) ? { done: status } : undefined,
    ).catch(() => null);
    // A look that OVH does not answer would hold it up for longer than that.
    return Promise.race([seen, sleep(timing.attachMs, null, { ref: false })]);
  }

  /** @throws VolumeFailed where the volume is gone: no further attempt would find it */
  async function isAttachedNow(project: ServedProject, { place, ...what }: Attachment & { place: Place }) {
    const { volumeId, volumeName, instanceId } = what;
    const volume = await project.volumes(place.region).find(volumeId);
    if (volume) return isAttaching(volume, instanceId);
    throw finalFailure(VOLUME_FAILED, `volume ${volumeName} (${volumeId}) is gone: somebody deleted it`);
  }

  /** Whatever was sent: a volume is attached to the node's own instance, as its name says, or else this run's history. */
  async function refuseAnotherNode(project: ServedProject, place: Place, instanceId: string): Promise<void> {
    const instance = await project.instances(place.region).recent(instanceId);
    if (!instance || instanceSign(instance.name, place) !== undefined) return;
    if (await inOwnHistory(temporal, instanceId)) return;
    throw finalFailure(
      'NodeDiffers',
      `instance ${instance.name} (${instanceId}) is not the node's own; nothing is attached to it`,
    );
  }

  /** Waits until somebody is content with what is seen, or OVH says that the volume has failed. */
  async function awaitState<Result>(
    { place, known, since, deadline }: Awaited<KnownVolume>,
    { wanted, act, ordered, attempt = new Attempt(pauses), turnMs }: VolumeWait,
    decide: (seen: SeenVolume) => { done: Result } | undefined,
  ): Promise<Result> {
    const project = ownProject(projects, place);
    const watcher = project.volumes(place.region);
    const kindOf = ({ type }: { type: string }) => volumeKind(wanted, place.region, type);
    const see = (volume: Volume): SeenVolume => ({
      status: knownVolumeStatus(volume, known),
      now: attempt.now(),
      settleMs: project.settleMs,
    });
    const judge = async (listed: Volume): Promise<Judgement<Result>> => {
      // Lists lag: what is bad news is confirmed by id.
      const isBad = hasFailed(listed) || decide(see(listed))?.done === null;
      const volume = isBad ? ((await watcher.find(known.id)) ?? listed) : listed;
      const decided = decide(see(volume));
      if (decided) return decided;
      if (hasFailed(volume))
        return {
          failed: VOLUME_FAILED,
          message: `OVH says that volume ${known.name} (${known.id}) is ${volume.status}`,
        };
      const pending = `volume ${known.name} ${isFor(volume.status, since, attempt.now())}`;
      return { pending, ovhStatus: volume.status };
    };
    return watcher.waiting(() =>
      waitFor<Volume, Result>({
        attempt,
        subject: `volume ${known.name} (${known.id})`,
        since,
        deadline,
        settleMs: project.settleMs,
        turnMs,
        gone: VOLUME_FAILED,
        look: (withinMs) => attempt.heeding((signal) => watcher.look(known.id, { withinMs, signal })),
        confirm: () => watcher.confirm(known.id),
        judge,
        usually: {
          wanted,
          times: project.times,
          kindOf,
          kind: ordered && known.type !== undefined ? kindOf({ type: known.type }) : undefined,
          firstMs: project.firstLooks[act],
          sharers: () => watcher.sharers,
          lookers: () => project.workers(),
        },
      }),
    );
  }
}

/** What is waited for, and in which attempt: by default one that does nothing else. */
interface VolumeWait {
  wanted: string;
  act: 'volume' | 'attach';
  ordered: boolean;
  attempt?: Attempt;
  turnMs?: number;
}

/** How a wait knows the volume; `volume`: its name in the spec; `own`: it carries the mark. */
type KnownVolume = Ordered & Pick<VolumeStatus, 'volume' | 'own'> & { type?: string };

/** One look at it. */
interface SeenVolume {
  /** As results tell it. */
  status: VolumeStatus;
  now: ServerTime;
  settleMs: number;
}

const VOLUME_FAILED: FailureType = 'VolumeFailed';

function hasFailed({ status }: Pick<Volume, 'status'>): boolean {
  return status.startsWith('error') || !volumeIsAlive({ status });
}

/** In regions of several zones only OVH's regional call makes volumes, and answers with an operation. */
async function postVolume(
  project: ServedProject,
  wanted: VolumeWanted,
  options: MutateOptions,
): Promise<Volume | { operationId: string }> {
  const { place, volume, onDestroy, size, type, availabilityZone, imageId, snapshotId } = wanted;
  const { region, node, owner } = place;
  const request = {
    name: volumeWireName(place, volume),
    description: volumeDescription(owner, node, volume, onDestroy),
    size,
    type,
    ...(imageId !== null && { imageId }),
    ...(snapshotId !== null && { snapshotId }),
  };
  if (availabilityZone === null) return project.ovh.volumes.create({ region, ...request }, options);
  const { volumes } = project.ovh.regional(region);
  const { id } = await volumes.create({ ...request, availabilityZone }, options);
  return { operationId: id };
}

function isShared({ type }: Volume): boolean {
  return type === 'classic-multiattach';
}

function canBeAttached(volume: Volume): boolean {
  return volume.status === 'available' || (volume.status === 'in-use' && isShared(volume));
}

/** Somebody else's: no waiting will free it. */
function refuseIfTaken(volume: Volume): void {
  if (volume.status !== 'in-use' || isShared(volume)) return;
  throw finalFailure(
    VOLUME_FAILED,
    `volume ${volume.name} (${volume.id}) is attached to instance ${volume.attachedTo.join(', ')}`,
  );
}

function isAttached({ status, attachedTo }: VolumeStatus, { instanceId }: { instanceId: string }): boolean {
  return status === 'in-use' && attachedTo.includes(instanceId);
}

function isAttaching({ status, attachedTo }: Volume, instanceId: string): boolean {
  return attachedTo.includes(instanceId) || (status === 'attaching' && attachedTo.length === 0);
}

/** What lists show of the node's volumes of that name, confirmed by id. One that has failed is found, too. */
async function findVolume(project: ServedProject, { place, volume }: VolumeWanted): Promise<Found> {
  const marked = await aliveMarked(project, place, 'volume');
  const volumes = marked.volumes.filter((candidate) => candidate.volume === volume);
  const name = volumeWireName(place, volume);
  const own = volumes.filter((candidate) => candidate.name === name);
  const others = volumes.filter((candidate) => candidate.name !== name);
  return {
    own: own.find((candidate) => !hasFailed(candidate)) ?? own[0],
    others: identifiersOf({ instances: [], volumes: others }),
  };
}
