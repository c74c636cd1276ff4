import type { Client } from '@temporalio/client';
import { BOOT_VOLUME } from '../../contract/index.ts';
import type { BeginAgain, CompleteNodeSpec, Place } from '../../contract/index.ts';
import { timing } from '../../contract/timing.ts';
import { instanceIsAlive, volumeIsAlive } from '../inventory/alive.ts';
import { SettleWindow } from '../exactly-once/settle-window.ts';
import type { Attempt } from '../exactly-once/attempt.ts';
import { identifiersOf, marked, signOfThing, type Marked } from '../inventory/marked.ts';
import { NodeMemory } from './node-memory.ts';
import type { ServedProject } from '../project.ts';
import { finalFailure, notReady } from '../exactly-once/to-failure.ts';

/*
 * What a baseline is not believed for before it has been looked into. A list is what OVH showed, not what is there, and
 * what Temporal has forgotten is unknown.
 */

interface Circumstances {
  project: ServedProject;
  place: Place;
  attempt: Attempt;
  again: BeginAgain;
}

export class Doubts {
  readonly #temporal: Client;

  constructor(temporal: Client) {
    this.#temporal = temporal;
  }

  /**
   * Parts of a node that no retained run made may be somebody's who is at it: another installation of the same owner. Or
   * Temporal has forgotten who made them: then nothing moves, and after a settle window they are completed.
   *
   * @throws NotReady until then; NodeDiffers where this run has made way for it before
   */
  async refuseUnfinished(
    spec: CompleteNodeSpec,
    seen: Marked,
    { project, place, attempt, again }: Circumstances,
  ): Promise<void> {
    if (isNothing(seen) || isWhole(spec, seen)) return;
    const memory = await NodeMemory.of(this.#temporal, place);
    const [first] = identifiersOf(seen).filter(
      ({ created, ...thing }) =>
        // A thing's age only spares the run a wait: it proves nothing that a DELETE could be based on.
        attempt.now() - Date.parse(created) < timing.unfinishedMs &&
        memory.fateOf(thing.id) === undefined &&
        !memory.knowsMaker(signOfThing(thing, place) ?? null),
    );
    if (!first) return;
    const subject = `${first.kind} ${first.name} (${first.id}), which no run that Temporal remembers has made,`;
    if (again === 'gave way')
      throw finalFailure(
        'NodeDiffers',
        `${subject} is part of a node that is not whole; nothing was touched`,
      );
    const left = new SettleWindow(project.settleMs, attempt.scheduledAt).leftMs(attempt.now());
    if (left > 0 || isMoving(seen))
      throw notReady(
        `${subject} may be in somebody else's work; looking whether it moves`,
        Math.max(timing.soonMs, left),
      );
  }

  /**
   * What a node is known to have and lists do not show is looked at by its id, before the node, or a part of it, is called
   * absent: one kind of list may lie alone.
   *
   * @throws NotReady while something of it stands
   */
  async refuseHidden(project: ServedProject, place: Place, seen: Marked, known: string[]): Promise<void> {
    const shown = new Set(identifiersOf(seen).map(({ id }) => id));
    const hidden = known.filter((id) => !shown.has(id));
    const instances = project.instances(place.region);
    const volumes = project.volumes(place.region);
    const [someInstances, someVolumes] = await Promise.all([
      Promise.all(hidden.map((id) => instances.find(id))),
      Promise.all(hidden.map((id) => volumes.find(id))),
    ]);
    const stands = marked(project, place, {
      instances: someInstances.filter((instance) => instance !== undefined).filter(instanceIsAlive),
      volumes: someVolumes.filter((volume) => volume !== undefined).filter(volumeIsAlive),
    });
    refuseLeftOut(stands);
  }

  /**
   * A volume says which instance has it: one of the node's that no list shows proves that the list is not whole.
   *
   * @throws NotReady until lists show it
   */
  async refuseHiddenHolder(
    project: ServedProject,
    place: Place,
    { instances, volumes }: Marked,
  ): Promise<void> {
    const shown = new Set(instances.map(({ id }) => id));
    const holders = volumes.flatMap(({ attachedTo }) => attachedTo).filter((id) => !shown.has(id));
    const seen = await Promise.all(holders.map((id) => project.instances(place.region).find(id)));
    const alive = seen.filter((instance) => instance !== undefined).filter(instanceIsAlive);
    refuseLeftOut(marked(project, place, { instances: alive, volumes: [] }));
  }
}

function refuseLeftOut(stands: Marked): void {
  const [hidden] = identifiersOf(stands);
  if (!hidden) return;
  const { kind, name, id } = hidden;
  throw notReady(
    `OVH's lists leave out ${kind} ${name} (${id}), which stands; they are asked again`,
    timing.soonMs,
  );
}

/**
 * What was under way before a reset may send a request for a while yet, and OVH may apply it later still.
 *
 * @throws NotReady until the settle window has passed
 */
export function refuseSoonAfterReset(attempt: Attempt, settleMs: number): void {
  const left = new SettleWindow(settleMs, attempt.scheduledAt).leftMs(attempt.now());
  if (left === 0) return;
  const seconds = Math.ceil(left / 1000);
  throw notReady(
    `the run was reset; looking in ${seconds} s, when all that it had under way has shown`,
    left,
  );
}

function isNothing({ instances, volumes }: Marked): boolean {
  return instances.length === 0 && volumes.length === 0;
}

/** Whether every part that the spec asks for stands, and the volumes are attached to the instance. */
function isWhole({ volumes, bootVolume }: CompleteNodeSpec, seen: Marked): boolean {
  const [instance] = seen.instances;
  const own = volumes.filter(({ id }) => id === null).map(({ name }) => name);
  const isThere = (name: string) =>
    seen.volumes.some(({ volume, attachedTo }) => volume === name && attachedTo.includes(instance?.id ?? ''));
  return instance?.status === 'ACTIVE' && [...own, ...(bootVolume ? [BOOT_VOLUME] : [])].every(isThere);
}

/** Whether OVH works on the thing: then somebody has asked for it a short while ago, and may be about to go on. */
function isMoving({ instances, volumes }: Marked): boolean {
  return (
    instances.some(({ status }) => status.startsWith('BUILD')) ||
    volumes.some(({ status }) => ['creating', 'attaching', 'detaching'].includes(status))
  );
}
