import type { ResourceKind } from '../contract/index.ts';
import type { Ovh, OvhProject, Instance, Volume } from '../ovh/index.ts';
import { OvhApiError } from '../ovh/index.ts';
import { Catalogue } from './preflight/catalogue.ts';
import type { Identity } from '../identity/mark.ts';
import { instanceIsAlive, volumeIsAlive } from './inventory/alive.ts';
import { finalFailure } from './exactly-once/to-failure.ts';
import { UsualTimes } from './looking/usual-times.ts';
import { Watcher } from './looking/watcher.ts';

export interface ProjectOptions {
  /** What specs call it. */
  alias: string;
  /** OVH's project id. */
  projectId: string;
  /** Whose nodes: two workers with different owners never touch each other's. */
  owner: string;
  ovh: Ovh;
  /** How long OVH's lists may lag, in milliseconds. */
  settleMs: number;
  /** Whose price list it pays by, `FR`. */
  subsidiary: string;
  /** OVH itself, not a simulator on loopback. */
  isReal: boolean;
  firstLooks: FirstLooks;
  /** Told of each list that leaves out what stands; `isNews`: the one before was whole. */
  sawIncompleteList?: (list: IncompleteListSeen) => void;
}

export interface IncompleteListSeen {
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

/** What it usually takes OVH at least, as far as anybody has said. */
export const FIRST_LOOKS: FirstLooks = { instance: 20_000, volume: 5000, attach: 3000 };

/** One OVH project with what this process shares between all who work in it: watchers and the catalogue. */
export class ServedProject {
  readonly alias: string;
  readonly owner: string;
  readonly projectId: string;
  readonly settleMs: number;
  readonly isReal: boolean;
  readonly firstLooks: FirstLooks;
  readonly ovh: OvhProject;
  readonly catalogue: Catalogue;
  readonly times = new UsualTimes();
  readonly #sawIncompleteList: ProjectOptions['sawIncompleteList'];
  #watchers = new Map<string, Watcher<Instance> | Watcher<Volume>>();

  constructor(options: ProjectOptions) {
    const { alias, projectId, owner, ovh, settleMs, subsidiary, isReal, firstLooks } = options;
    this.#sawIncompleteList = options.sawIncompleteList;
    this.isReal = isReal;
    this.firstLooks = firstLooks;
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
    return this.#watcher('instance', region, this.ovh.instances, instanceIsAlive);
  }

  volumes(region?: string): Watcher<Volume> {
    return this.#watcher('volume', region, this.ovh.volumes, volumeIsAlive);
  }

  #watcher<Resource extends { id: string; status: string }>(
    kind: ResourceKind,
    region: string | undefined,
    calls: { list(region?: string): Promise<Resource[]>; get(id: string): Promise<Resource> },
    isAlive: (resource: Resource) => boolean,
  ): Watcher<Resource> {
    const key = `${kind} ${region ?? ''}`;
    const watcher =
      this.#watchers.get(key) ??
      new Watcher<Resource>({
        list: () => calls.list(region),
        find: (id) => undefinedIfGone(calls.get(id)),
        isAlive,
        sawIncomplete: (missing, isNews) => this.#sawIncompleteList?.({ kind, region, missing, isNews }),
      });
    this.#watchers.set(key, watcher as Watcher<Instance>);
    return watcher as Watcher<Resource>;
  }
}

/** The projects that this worker serves, by alias. */
export class Projects {
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
