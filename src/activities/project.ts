import type { ResourceKind } from '../contract/index.ts';
import type { CallOptions, FloatingIp, Ovh, OvhProject, Instance, Volume } from '../ovh/index.ts';
import { OvhApiError } from '../ovh/index.ts';
import { Catalogue } from './preflight/catalogue.ts';
import type { Identity } from '../identity/mark.ts';
import { instanceIsAlive, volumeIsAlive } from './inventory/alive.ts';
import { finalFailure } from './exactly-once/to-failure.ts';
import { UsualTimes } from './looking/usual-times.ts';
import { Watcher, type Turn } from './looking/watcher.ts';

interface ProjectOptions {
  /** The name by which specs and requests know the project. */
  alias: string;
  /** OVH's project id. */
  projectId: string;
  /** Whose nodes: two workers with different owners never touch each other's. */
  owner: string;
  ovh: Ovh;
  /** How long OVH's lists may lag, in milliseconds. */
  settleMs: number;
  /** OVH's subsidiary whose price list holds, such as `FR`. */
  subsidiary: string;
  /** OVH itself, not a simulator on loopback. */
  isReal: boolean;
  firstLooks: FirstLooks;
  /** How many workers share the work, this one included. Default: nobody else. */
  workers?: () => number;
  /** Told of each list that leaves out what stands; `isNews`: the one before was whole. */
  sawIncompleteList?: (list: IncompleteListSeen) => void;
}

interface IncompleteListSeen {
  kind: ResourceKind;
  region: string | undefined;
  /** Ids of some that it leaves out. */
  missing: string[];
  isNews: boolean;
}

/** When something is looked at for the first time, in milliseconds after it was asked for, until its time is known. */
export interface FirstLooks {
  instance: number;
  volume: number;
  attach: number;
}

/**
 * When a thing is first looked at while nobody has seen how long it takes. Nobody has measured these at OVH: they are the least
 * that people report, `MOORING_FIRST_LOOK` sets others, and a worker learns its own from the first thing on.
 */
export const FIRST_LOOKS: FirstLooks = { instance: 20_000, volume: 5000, attach: 3000 };

/** One OVH project with what this process shares between all who work in it: watchers and the catalogue. */
export class ServedProject {
  readonly alias: string;
  readonly owner: string;
  readonly projectId: string;
  readonly settleMs: number;
  readonly isReal: boolean;
  readonly firstLooks: FirstLooks;
  readonly workers: () => number;
  readonly ovh: OvhProject;
  readonly catalogue: Catalogue;
  readonly times = new UsualTimes();
  readonly #sawIncompleteList: ProjectOptions['sawIncompleteList'];
  /** By region; undefined: one list of every region. */
  readonly #watchers = {
    instance: new Map<string | undefined, Watcher<Instance>>(),
    volume: new Map<string | undefined, Watcher<Volume>>(),
    floatingIp: new Map<string | undefined, Watcher<FloatingIp>>(),
  };

  constructor(options: ProjectOptions) {
    const { alias, projectId, owner, ovh, settleMs, subsidiary, isReal, firstLooks } = options;
    this.#sawIncompleteList = options.sawIncompleteList;
    this.isReal = isReal;
    this.firstLooks = firstLooks;
    this.workers = options.workers ?? (() => 1);
    this.alias = alias;
    this.projectId = projectId;
    this.owner = owner;
    this.settleMs = settleMs;
    this.ovh = ovh.project(projectId);
    this.catalogue = new Catalogue(this.ovh, (options) => ovh.prices(subsidiary, options));
  }

  identity(region: string): Identity {
    return { owner: this.owner, projectId: this.projectId, region };
  }

  /** Of one region; without it, of all of them in one list. */
  instances(region?: string): Watcher<Instance> {
    const { instances } = this.ovh;
    const calls = { ...instances, list: (turn: Turn) => instances.list(region, turn) };
    return this.#watcher('instance', this.#watchers.instance, region, calls, instanceIsAlive);
  }

  volumes(region?: string): Watcher<Volume> {
    const { volumes } = this.ovh;
    const calls = { ...volumes, list: (turn: Turn) => volumes.list(region, turn) };
    return this.#watcher('volume', this.#watchers.volume, region, calls, volumeIsAlive);
  }

  /** All that the region's list shows are there: one that is deleted is 404 at once. */
  floatingIps(region: string): Watcher<FloatingIp> {
    const { floatingIps } = this.ovh.regional(region);
    return this.#watcher('floatingIp', this.#watchers.floatingIp, region, floatingIps, () => true);
  }

  #watcher<Resource extends { id: string; status: string }>(
    kind: ResourceKind,
    watchers: Map<string | undefined, Watcher<Resource>>,
    region: string | undefined,
    calls: { list(turn: Turn): Promise<Resource[]>; get(id: string, turn: CallOptions): Promise<Resource> },
    isAlive: (resource: Resource) => boolean,
  ): Watcher<Resource> {
    const known = watchers.get(region);
    if (known) return known;
    const watcher = new Watcher<Resource>({
      list: (turn) => calls.list(turn),
      find: (id, turn) => undefinedIfGone(calls.get(id, turn)),
      isAlive,
      lookers: this.workers,
      sawGone: (id) => {
        for (const each of watchers.values()) each.forget(id);
      },
      sawIncomplete: (missing, isNews) => this.#sawIncompleteList?.({ kind, region, missing, isNews }),
    });
    watchers.set(region, watcher);
    return watcher;
  }
}

/** The projects that this worker serves, by alias. */
export class ServedProjects {
  #byAlias: Map<string, ServedProject>;

  constructor(projects: ServedProject[]) {
    this.#byAlias = new Map(projects.map((project) => [project.alias, project]));
  }

  find(alias: string): ServedProject | undefined {
    return this.#byAlias.get(alias);
  }

  add(project: ServedProject): void {
    this.#byAlias.set(project.alias, project);
  }

  /** @throws InvalidSpec where this worker has no such project. */
  get(alias: string): ServedProject {
    const project = this.find(alias);
    if (project) return project;
    const known = [...this.#byAlias.keys()].join(', ');
    throw finalFailure(
      'InvalidSpec',
      `project "${alias}" is not configured on this worker; it knows ${known}`,
    );
  }
}

/** Deleting what is gone is a success, and looking at it an answer. */
export async function undefinedIfGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof OvhApiError && error.fromOvh && error.status === 404) return undefined;
    throw error;
  }
}
