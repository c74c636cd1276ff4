import { Context } from '@temporalio/activity';
import {
  LISTED,
  addressesOf,
  fleetNodeName,
  fleetNodeNumber,
  fleetWorkflowId,
  identifier,
  outsideOf,
} from '../contract/index.ts';
import type {
  CompleteDestroyFleet,
  CompleteFleetSpec,
  FleetBeginning,
  FleetLook,
  FleetNode,
  FleetSeen,
} from '../contract/index.ts';
import { parseDestroyFleet, parseFleetSpec } from '../contract/schemas/fleet.ts';
import { timing } from '../contract/timing.ts';
import { signOf } from '../identity/mark.ts';
import { Attempt } from './exactly-once/attempt.ts';
import { SettleWindow } from './exactly-once/settle-window.ts';
import { finalFailure, notReady, orInvalidSpec, untilAllowed } from './exactly-once/to-failure.ts';
import { FleetLooks, type FleetLooksMemory } from './inventory/fleet-looks.ts';
import { fleetAt, type FleetMember } from './inventory/fleet-members.ts';
import { refuseUnknownRegion } from './preflight/resolve.ts';
import type { BeginningDependencies } from './baseline.ts';
import type { ServedProject } from './project.ts';
import { ownMakers } from './proof/own-makers.ts';
import { deliveredNodes } from './proof/fleet-memory.ts';
import { refuseReadableUserData } from './user-data/readable-user-data.ts';

export function fleetActivities(dependencies: BeginningDependencies) {
  const { projects, temporal, terminated, pauses } = dependencies;
  return {
    /** Checks a fleet once for all its nodes, and says which of them stand already, and where. Reads only. */
    async beginFleet(input: unknown): Promise<FleetBeginning<CompleteFleetSpec>> {
      const attempt = new Attempt<FleetLooksMemory>(pauses);
      const { node, ...fleet } = orInvalidSpec(() => parseFleetSpec(input));
      const project = projects.get(fleet.project);
      if (node.userData !== null) await refuseReadableUserData(dependencies, project);
      for (const region of fleet.regions) await refuseUnknownRegion(project, region);
      // A node that a terminated run was about to make in another region must have shown before one is made here.
      await terminated.refuseSoonAfter(fleetWorkflowId(fleet), project.settleMs, attempt);
      // Everywhere: where a node stands it stays, also in a region that the spec names no more. Lists of the whole
      // project answer while a region does not.
      const members = (await listed(attempt, project, fleet)).filter(({ number }) => number <= fleet.count);
      const looks = new FleetLooks(project, attempt);
      await refuseHidden(looks, fleet, members); // (rule 30)
      const isNext = ({ number }: FleetMember, index: number) => members[index - 1]?.number === number;
      const twice = new Set(members.filter(isNext).map(({ number }) => number));
      const once = members.filter(({ number }) => !twice.has(number));
      const others = await looks.standing(members.filter(({ number }) => twice.has(number)));
      const standing = [...once, ...others];
      refuseTwice(standing);
      return { request: { ...fleet, labels: node.labels }, standing: standing.map(named) };
    },

    /** Every node of a fleet that has anything at OVH. Reads only. */
    async beginFleetDestroy(input: unknown): Promise<FleetBeginning<CompleteDestroyFleet>> {
      const attempt = new Attempt<FleetLooksMemory>(pauses);
      const request = orInvalidSpec(() => parseDestroyFleet(input));
      const project = projects.get(request.project);
      if (request.region !== undefined) await refuseUnknownRegion(project, request.region);
      const members = (await listed(attempt, project, request)).filter(isWithin(request));
      await refuseHidden(new FleetLooks(project, attempt), request, members);
      return { request, standing: members.map(named) };
    },

    /**
     * What stands of a fleet: of the nodes that it has, in short, and of the others all that its runs have made. What
     * nobody counts on is looked at by its id, because lists still show what was deleted. A right that is missing is
     * waited for: what was made must not be forgotten for want of it. Reads only.
     */
    async fleetStanding(look: FleetLook): Promise<FleetSeen> {
      return untilAllowed(() => seeFleet(look));
    },
  };

  /**
   * What a run of the fleet has delivered, and lists do not show, is looked at by its id, before its node is called absent.
   *
   * @throws NotReady while one stands, and until all are looked at
   */
  async function refuseHidden(
    looks: FleetLooks,
    request: FleetLook['request'],
    members: FleetMember[],
  ): Promise<void> {
    const shown = new Set(members.map(({ name, region }) => `${region} ${name}`));
    const isAsked = isWithin(request);
    const delivered = await deliveredNodes(temporal, fleetWorkflowId(request));
    const unseen = delivered.filter(({ name, region }) => {
      const number = fleetNodeNumber(request.name, name);
      return number !== undefined && isAsked({ number, region }) && !shown.has(`${region} ${name}`);
    });
    await looks.refuseStanding(unseen);
  }

  async function seeFleet({
    request,
    makers: asked,
    resets,
    has,
    isForRollback,
  }: FleetLook): Promise<FleetSeen> {
    const attempt = new Attempt<FleetLooksMemory>(pauses);
    const project = projects.get(request.project);
    const { workflowId = '' } = Context.current().info.workflowExecution ?? {};
    const makers = asked ? await ownMakers(temporal, workflowId, asked) : [];
    const signs = new Set([...makers, ...resets].map(signOf));
    const isOwn = (sign: string | null) => sign !== null && signs.has(sign);
    const members = (await listed(attempt, project, request)).filter(isWithin(request));
    const isHad = new Set(has);
    const nodes = members.filter(({ number }) => isHad.has(number)).map((member) => inShort(member, isOwn));
    const shown = new Set(nodes.map(({ name }) => name));
    const hidden = has.find((number) => !shown.has(fleetNodeName(request.name, number)));
    const lists = new SettleWindow(project.settleMs, attempt.scheduledAt);
    if (hidden !== undefined && !isForRollback && !lists.isOver(attempt.now()))
      throw notReady(`OVH's lists do not show ${fleetNodeName(request.name, hidden)} yet`, timing.soonMs);
    const seen: FleetSeen = { nodes, others: {}, left: [], makers };
    const others = members
      .filter(({ number }) => !isHad.has(number))
      .map((member) => ({ ...member, things: member.things.filter(({ sign }) => !asked || isOwn(sign)) }));
    for (const { region, number, things } of await new FleetLooks(project, attempt).standing(others)) {
      (seen.others[region] ??= []).push(number);
      seen.left.push(...things.slice(0, LISTED - seen.left.length).map(identifier));
    }
    return seen;
  }
}

/** Lists that leave out much make many looks by id, which the next turn need not begin again. */
async function listed(
  attempt: Attempt<FleetLooksMemory>,
  project: ServedProject,
  request: FleetLook['request'],
): Promise<FleetMember[]> {
  return attempt.inTurn(
    async () => fleetAt(project, request),
    () => "OVH's lists, or looks by id at what they leave out, take longer than a turn; they are asked again",
  );
}

function isWithin({ count = Infinity, region, beyond = 0 }: FleetLook['request']) {
  return (member: Pick<FleetMember, 'number' | 'region'>) =>
    member.number <= count && member.number > beyond && (region ?? member.region) === member.region;
}

function named({ name, region }: FleetMember): { name: string; region: string } {
  return { name, region };
}

function inShort(
  { name, region, instance, things }: FleetMember,
  isOwn: (sign: string | null) => boolean,
): FleetNode {
  const own = things.filter(({ sign }) => isOwn(sign)).length;
  const outcome = own === 0 ? 'adopted' : own === things.length ? 'created' : 'completed';
  const addresses = instance && addressesOf(instance);
  return {
    name,
    region,
    outcome,
    instanceId: instance?.id ?? null,
    address: addresses ? (outsideOf(addresses) ?? addresses.privateIpv4) : null,
  };
}

/** The region is part of a node's identity: which of the two is meant is for people to say. */
function refuseTwice(standing: FleetMember[]): void {
  const regionOf = new Map<string, string>();
  for (const { name, region } of standing) {
    const other = regionOf.get(name);
    if (other !== undefined)
      throw finalFailure(
        'NodeDiffers',
        `${name} stands in ${other} and in ${region}; destroy one of them, or name one region; nothing was touched`,
      );
    regionOf.set(name, region);
  }
}
