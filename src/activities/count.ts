import type { Client } from '@temporalio/client';
import { identifier } from '../contract/index.ts';
import type {
  Census,
  Counted,
  FloatingIpAct,
  FloatingIpStatus,
  Identifier,
  InstanceStatus,
  Place,
  ServerTime,
  Standing,
  VolumeStatus,
} from '../contract/index.ts';
import { timing } from '../contract/timing.ts';
import type { FloatingIp, Instance, Volume } from '../ovh/index.ts';
import { Attempt } from './exactly-once/attempt.ts';
import { givingWaySentence } from './exactly-once/create-once.ts';
import { madeFor } from './inventory/floating-ips.ts';
import { stands } from './inventory/inventory.ts';
import { aliveMarked, confirmed, identifiersOf, listedIn, marked, signOfThing } from './inventory/marked.ts';
import { NodeMemory } from './proof/node-memory.ts';
import { FAILED, unclearIn } from './looking/operations.ts';
import { finalFailure, notReady, untilAllowed } from './exactly-once/to-failure.ts';
import { SettleWindow } from './exactly-once/settle-window.ts';
import { ownProject } from './proof/own-project.ts';
import type { PauseWatch } from './exactly-once/pause-watch.ts';
import type { ServedProject, ServedProjects } from './project.ts';
import { instanceStatus, knownVolumeStatus } from './inventory/status.ts';
import { waitFor, type Judgement } from './looking/wait-for.ts';
import { PATIENTLY } from './looking/watcher.ts';

interface CountDependencies {
  projects: ServedProjects;
  temporal: Client;
  pauses: PauseWatch;
}

export function countActivities({ projects, temporal, pauses }: CountDependencies) {
  return {
    /**
     * Ends only when lists show everything that the run knows, and nothing else under the node's mark but what may be
     * deleted by proof. It waits until lists show all that is known, and for the settle window if any create was unclear:
     * a list that hides our own thing would hide its twin.
     *
     * @throws GaveWay where somebody else's stands, and is older or does not go. Never is the younger deleted: it may
     *   have been delivered.
     */
    async count({ place, spared, made, unclearSince, seen, floatingIp }: Census): Promise<Counted> {
      const project = ownProject(projects, place);
      const attempt = new Attempt(pauses);
      // Of twins of a floating IP the one that comes in is the node's, whichever OVH had named.
      const isKept = ({ kind, id }: Identifier) =>
        kind !== 'floatingIp' || id === seen.instance.floatingIp?.id;
      const known = [...spared, ...made.filter(isKept)];
      const unclear = unclearIn(project, place.region, unclearSince);
      return waitFor<Lists, Counted>({
        attempt,
        subject: `node ${place.node}`,
        since: attempt.now(),
        // What is there is there: no deadline may undo a node because a list is slow.
        deadline: Number.POSITIVE_INFINITY,
        gone: 'InstanceFailed',
        settleMs: project.settleMs,
        look: async (withinMs) => {
          await attempt.sleep(withinMs);
          const began = attempt.now();
          const [{ instances, volumes }, floatingIps] = await Promise.all([
            listedIn(project, place, PATIENTLY),
            seen.instance.floatingIp ? project.floatingIps(place.region).list(PATIENTLY) : [],
          ]);
          return {
            began,
            instances: byId(instances),
            volumes: byId(volumes),
            floatingIps: byId(floatingIps),
          };
        },
        judge: async (lists): Promise<Judgement<Counted>> => {
          // By their ids in the whole list: somebody may have renamed one.
          const hidden = known.filter(({ kind, id }) => !listOf(lists, kind).has(id));
          for (const thing of hidden)
            if (!(await stands(project, place.region, thing)))
              return {
                failed: FAILED[thing.kind],
                message: `${thing.kind} ${thing.name} (${thing.id}) is gone: somebody deleted it`,
              };
          if (hidden.length > 0)
            return { pending: `OVH's lists do not show ${hidden.map(({ name }) => name).join(', ')} yet` };
          await unclear?.notice(attempt.now());
          if (unclear && !unclear.isOver(lists.began))
            return { pending: 'an answer of OVH was lost; looking whether it made anything more' };
          const twins = await twinsOf(floatingIp);
          if (twins.length > 0) return { done: { extra: twins, standing: seen } };
          return judgeOthers(await othersIn(project, place, lists, known), lists);
        },
      });

      /** What OVH has made more than once of this run's request for a floating IP. */
      async function twinsOf(act: FloatingIpAct | undefined): Promise<Identifier[]> {
        const { own } = act ? await madeFor(project, temporal, act) : { own: [] };
        return own.filter(({ id }) => id !== seen.instance.floatingIp?.id);
      }

      async function judgeOthers(others: Other[], lists: Lists): Promise<Judgement<Counted>> {
        if (others.length === 0) return counted(await asItStands(project, place, seen, lists), []); // (rule 18)
        const own = others.filter((thing) => signOfThing(thing, place) === place.sign);
        if (own.length > 0) return counted(seen, own);
        const memory = await NodeMemory.of(temporal, place);
        // What another run has made of it is not known before that has ended.
        const leftOver: Other[] = [];
        for (const thing of memory.unsettled ? [] : others)
          if (await memory.leftOver({ id: thing.id, sign: signOfThing(thing, place) ?? null }))
            leftOver.push(thing);
        if (leftOver.length > 0) return counted(seen, leftOver);
        const patience = new SettleWindow(project.settleMs, attempt.scheduledAt);
        if (isElder(others, known, lists, place) || patience.isOver(attempt.now()))
          return { failed: 'GaveWay', message: givingWaySentence(others) };
        return {
          pending: `${others.map(({ name }) => name).join(', ')} is somebody else's; looking whether it goes`,
        };
      }
    },

    /**
     * What of the run's own making OVH holds: what it was told of, by id, and what carries its sign. Where an answer is
     * missing it looks for the settle window. Reads only.
     */
    async ownStanding({
      place,
      made,
      unclearSince = null,
    }: Pick<Census, 'place' | 'made'> & Partial<Pick<Census, 'unclearSince'>>): Promise<Identifier[]> {
      const attempt = new Attempt(pauses);
      const project = ownProject(projects, place, attempt);
      const unclear = unclearIn(project, place.region, unclearSince);
      return untilAllowed(async () => {
        for (;;) {
          const began = attempt.now();
          await unclear?.notice(began);
          const found = await ownIn(project, place, made);
          if (!unclear || unclear.isOver(began)) return found;
          const why = 'an answer of OVH was lost; looking whether it made anything more';
          if (attempt.elapsedMs() > attempt.turnMs) throw notReady(why, timing.soonMs);
          await attempt.sleep(Math.min(timing.soonMs, project.settleMs / 5));
        }
      });
    },
  };
}

async function ownIn(project: ServedProject, place: Place, made: Identifier[]): Promise<Identifier[]> {
  const listed = identifiersOf(await aliveMarked(project, place)).filter(
    (thing) => signOfThing(thing, place) === place.sign,
  );
  const found = new Map(listed.map((thing) => [thing.id, identifier(thing)]));
  for (const thing of made)
    if (!found.has(thing.id) && (await stands(project, place.region, thing))) found.set(thing.id, thing);
  return [...found.values()];
}

interface Lists {
  began: ServerTime;
  instances: Map<string, Instance>;
  volumes: Map<string, Volume>;
  floatingIps: Map<string, FloatingIp>;
}

type Other = Identifier & { created: string };

function counted(standing: Standing, extra: Other[]): Judgement<Counted> {
  const { id, name, status } = standing.instance;
  if (extra.length === 0 && status === 'ERROR')
    return {
      failed: 'InstanceFailed',
      message: `OVH put instance ${name} (${id}) in ERROR after it was ready`,
    };
  return { done: { extra: extra.map(identifier), standing } };
}

/** Under the node's mark, unknown to the run, and alive by its id. */
async function othersIn(
  project: ServedProject,
  place: Place,
  { instances, volumes }: Pick<Lists, 'instances' | 'volumes'>,
  known: Identifier[],
): Promise<Other[]> {
  const isKnown = new Set(known.map(({ id }) => id));
  const unknown = <Thing extends { id: string }>(things: Map<string, Thing>) =>
    [...things.values()].filter(({ id }) => !isKnown.has(id));
  const listed = marked(project, place, { instances: unknown(instances), volumes: unknown(volumes) });
  return identifiersOf(await confirmed(project, place, listed));
}

/**
 * Who gives way: the order is for progress alone, so that of two who count at the same time one stays. What has no sign
 * is nobody's to wait for.
 */
function isElder(others: Other[], known: Identifier[], lists: Lists, place: Place): boolean {
  const since = known
    .map(({ kind, id }) => createdOf(lists, kind, id))
    .filter((created) => created !== undefined)
    .sort()[0];
  return others.some((other) => {
    const sign = signOfThing(other, place);
    if (since === undefined || sign === null || sign === undefined) return true;
    return other.created < since || (other.created === since && sign < place.sign);
  });
}

function createdOf(lists: Lists, kind: Identifier['kind'], id: string): string | undefined {
  // OVH does not say when it made a floating IP.
  if (kind === 'floatingIp') return undefined;
  return kind === 'instance' ? lists.instances.get(id)?.created : lists.volumes.get(id)?.creationDate;
}

/** A success says what OVH says at its end. Lists lag: where one differs from what the run has seen, the look is by id. */
async function asItStands(
  project: ServedProject,
  { region }: Place,
  seen: Standing,
  lists: Lists,
): Promise<Standing> {
  const now = async (volume: VolumeStatus) =>
    volumeNow(project, region, volume, lists.volumes.get(volume.id));
  const [floatingIp, { floatingIp: _before, ...instance }, boot, ...data] = await Promise.all([
    floatingIpNow(project, region, seen.instance, lists),
    instanceNow(project, region, seen.instance, lists.instances.get(seen.instance.id)),
    seen.boot && now(seen.boot),
    ...seen.data.map(now),
  ]);
  return { instance: { ...instance, ...(floatingIp && { floatingIp }) }, boot, data };
}

/** @throws FloatingIpFailed where it comes in no longer: somebody has taken it, or deleted it */
async function floatingIpNow(
  project: ServedProject,
  region: string,
  { floatingIp: seen }: InstanceStatus,
  { floatingIps }: Lists,
): Promise<FloatingIpStatus | undefined> {
  if (!seen || floatingIps.get(seen.id)?.port?.ip === seen.privateIp) return seen;
  const now = await project.floatingIps(region).find(seen.id);
  if (now?.port?.ip === seen.privateIp) return seen;
  throw finalFailure(
    'FloatingIpFailed',
    `floating IP ${seen.ip} (${seen.id}) no longer comes in at ${seen.privateIp}: somebody took it`,
  );
}

async function instanceNow(
  project: ServedProject,
  region: string,
  seen: InstanceStatus,
  listed: Instance | undefined,
): Promise<InstanceStatus> {
  if (listed?.status === seen.status && listed.name === seen.name) return seen;
  const now = await project.instances(region).find(seen.id);
  return now ? instanceStatus(project, now) : seen;
}

async function volumeNow(
  project: ServedProject,
  region: string,
  seen: VolumeStatus,
  listed: Volume | undefined,
): Promise<VolumeStatus> {
  const isSame =
    listed?.status === seen.status &&
    listed.name === seen.name &&
    String(listed.attachedTo) === String(seen.attachedTo);
  const now = isSame ? undefined : await project.volumes(region).find(seen.id);
  return now ? knownVolumeStatus(now, seen) : seen;
}

function byId<Thing extends { id: string }>(things: Thing[]): Map<string, Thing> {
  return new Map(things.map((thing) => [thing.id, thing]));
}

function listOf(lists: Lists, kind: Identifier['kind']): Map<string, unknown> {
  if (kind === 'floatingIp') return lists.floatingIps;
  return kind === 'instance' ? lists.instances : lists.volumes;
}
