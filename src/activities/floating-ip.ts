import type { Client } from '@temporalio/client';
import type {
  Awaited,
  Created,
  FloatingIpAct,
  FloatingIpMade,
  FloatingIpStatus,
  FloatingIpsFound,
  ServerTime,
} from '../contract/index.ts';
import { required } from '../contract/required.ts';
import type { FloatingIp } from '../ovh/index.ts';
import { Attempt } from './exactly-once/attempt.ts';
import { createOnce, type CreateMemory } from './exactly-once/create-once.ts';
import type { PauseWatch } from './exactly-once/pause-watch.ts';
import { SettleWindow } from './exactly-once/settle-window.ts';
import { finalFailure, toFailure, untilAllowed, verdictOf } from './exactly-once/to-failure.ts';
import { Address, isTiedAlready } from './floating-ip/address.ts';
import { Making } from './floating-ip/making.ts';
import { floatingIpStatus, isTiedTo, madeFor, portsOf } from './inventory/floating-ips.ts';
import { isWorking, unclearIn } from './looking/operations.ts';
import { isFor, waitFor, type Judgement } from './looking/wait-for.ts';
import type { ServedProjects } from './project.ts';
import { inOwnHistory } from './proof/own-history.ts';
import { ownProject } from './proof/own-project.ts';

interface FloatingIpDependencies {
  projects: ServedProjects;
  /** For what this run has made: a floating IP carries no name that says it. */
  temporal: Client;
  pauses: PauseWatch;
}

type Window = { deadline: ServerTime };

export function floatingIpActivities({ projects, temporal, pauses }: FloatingIpDependencies) {
  return {
    /**
     * Makes a floating IP for the private address that the instance has in the network. Safe to repeat: it looks at that
     * address before it posts, and OVH gives one address one floating IP. After a lost answer it takes what is there by
     * then and no list had shown before; `isProven` says whether that proves that this run made it.
     *
     * @throws GaveWay where somebody has tied another one to that address
     */
    async createFloatingIp(act: FloatingIpAct, { deadline }: Window): Promise<FloatingIpMade> {
      const { place, instance } = act;
      const attempt = new Attempt<CreateMemory>(pauses);
      const project = ownProject(projects, place, attempt);
      const making = new Making(project, temporal, act, { attempt, deadline });
      const created = await createOnce({
        kind: 'floatingIp',
        name: `of ${instance.name}`,
        attempt,
        settleMs: project.settleMs,
        deadline,
        lookedAt: undefined,
        find: (isUnclear) => making.find(isUnclear),
        post: (options) => making.post(options),
        madeBy: (operationId) => making.madeBy(operationId),
        isOurs: (made) => making.isOurs(made),
        isWorking: (by) => isWorking(project, place.region, by),
      });
      return { ...created, isProven: making.isProven };
    },

    /**
     * Ties a floating IP that is there already to the instance's address in the network. Safe to repeat: it looks by id
     * first. Unclear: OVH may tie it again, by an earlier request whose answer was lost.
     */
    async associateFloatingIp(act: FloatingIpAct, { deadline }: Window): Promise<Pick<Created, 'unclear'>> {
      const { place, instance } = act;
      const given = required(act.given, 'the floating IP');
      const attempt = new Attempt(pauses);
      const project = ownProject(projects, place, attempt);
      const at = new Address(project, act, { attempt, deadline });
      let unclear = !attempt.isFirst;
      await attempt.beating(async () => {
        try {
          const { ip } = await at.port();
          if (await isTiedAlready(project, act, at, unclear)) return;
          if (!attempt.isFirst && attempt.now() > deadline)
            throw finalFailure(
              'DeadlineExceeded',
              `floating IP ${given.ip} was not tied to ${instance.name} in time`,
              unclear,
            );
          const { floatingIps } = project.ovh.regional(place.region);
          await floatingIps.associate(given.id, instance.id, ip, attempt.sending);
        } catch (error) {
          const { final, applied } = verdictOf(error);
          // A refusal may only mean that an earlier request, whose answer was lost, has been applied.
          if (final && (await isTiedAlready(project, act, at, unclear))) return;
          if (final) await at.refuseWhileGatewayIsBuilt();
          unclear ||= applied === 'maybe';
          throw toFailure(error, unclear);
        }
      });
      return { unclear };
    },

    /**
     * Waits until the floating IP comes in at the instance, or a twin does that OVH made of the same request: an address
     * takes one, so OVH may have named the other. Null: it belongs to nothing long after OVH was `asked` to tie it, so that
     * came to nothing. Reads only.
     */
    async awaitFloatingIp({
      place,
      known,
      since,
      deadline,
    }: Awaited<{
      id: string;
      name: string;
      instanceId: string;
      own: boolean;
      /** Ids of those that were there before: none of them is a twin. */
      stood: string[];
      asked?: ServerTime;
    }>): Promise<FloatingIpStatus | null> {
      const attempt = new Attempt(pauses);
      const project = ownProject(projects, place);
      const watcher = project.floatingIps(place.region);
      const { settleMs } = project;
      const subject = `floating IP ${known.name} (${known.id})`;
      const asked = new SettleWindow(settleMs, known.asked ?? Number.POSITIVE_INFINITY);
      const settling = new SettleWindow(settleMs, since);
      const twin = async (): Promise<FloatingIp | undefined> => {
        if (!known.own || !settling.isOver(attempt.now())) return undefined;
        const ports = await portsOf(project, known.instanceId);
        const listed = (await watcher.list()).find((each) => isTiedTo(each, ports));
        const now = listed && !known.stood.includes(listed.id) && (await watcher.find(listed.id));
        if (!now || now.status !== 'active' || !isTiedTo(now, ports)) return undefined;
        return (await inOwnHistory(temporal, known.instanceId)) === 'made' ? now : undefined;
      };
      const judge = async (seen: FloatingIp): Promise<Judgement<FloatingIpStatus | null>> => {
        if (seen.status === 'error')
          return { failed: 'FloatingIpFailed', message: `OVH says that ${subject} is error` };
        if (seen.port === null) {
          if (asked.isOver(attempt.now())) return { done: null };
          const tied = await twin();
          if (tied) return { done: floatingIpStatus(tied, true) };
          return { pending: `floating IP ${known.name} belongs to nothing yet`, ovhStatus: seen.status };
        }
        if (!isTiedTo(seen, await portsOf(project, known.instanceId)))
          return { failed: 'FloatingIpFailed', message: `${subject} comes in elsewhere: somebody took it` };
        if (seen.status === 'active') return { done: floatingIpStatus(seen, known.own) };
        const pending = `floating IP ${known.name} ${isFor(seen.status, since, attempt.now())}`;
        return { pending, ovhStatus: seen.status };
      };
      return waitFor<FloatingIp, FloatingIpStatus | null>({
        attempt,
        subject,
        since,
        deadline,
        settleMs,
        gone: 'FloatingIpFailed',
        look: async (withinMs) => {
          await attempt.sleep(withinMs);
          return watcher.find(known.id);
        },
        confirm: () => watcher.confirm(known.id),
        judge,
      });
    },

    /**
     * What an undo has to know before the instance goes, which alone tells whose a floating IP is: its answer is in history
     * before anything is deleted. Where an answer is missing it looks for the settle window. Reads only.
     */
    async findFloatingIps(act: FloatingIpAct, unclearSince: ServerTime | null): Promise<FloatingIpsFound> {
      const attempt = new Attempt(pauses);
      const project = ownProject(projects, act.place);
      const unclear = unclearIn(project, act.place.region, unclearSince);
      const look = async () => ({ began: attempt.now(), found: await madeFor(project, temporal, act) });
      const all: FloatingIpsFound = { own: [], unproven: [] };
      return waitFor<{ began: ServerTime; found: FloatingIpsFound }, FloatingIpsFound>({
        attempt,
        subject: `the floating IP of ${act.instance.name}`,
        since: attempt.now(),
        deadline: Number.POSITIVE_INFINITY,
        gone: 'FloatingIpFailed',
        settleMs: project.settleMs,
        look: async (withinMs) => {
          await attempt.sleep(withinMs);
          return untilAllowed(look);
        },
        judge: async ({ began, found }) => {
          for (const which of ['own', 'unproven'] as const)
            for (const thing of found[which])
              if (all[which].every(({ id }) => id !== thing.id)) all[which].push(thing);
          await unclear?.notice(attempt.now());
          if (unclear && !unclear.isOver(began))
            return { pending: 'an answer of OVH was lost; looking whether it made a floating IP' };
          return { done: all };
        },
      });
    },
  };
}
