import type { Http } from './http.ts';
import { path } from './path.ts';
import { type Flavors, flavors } from './resources/flavors.ts';
import { type ImageSnapshots, imageSnapshots } from './resources/image-snapshots.ts';
import { type Images, images } from './resources/images.ts';
import { type InstanceGroups, instanceGroups } from './resources/instance-groups.ts';
import { type Instances, instances } from './resources/instances.ts';
import { type Networks, networks } from './resources/networks.ts';
import { type Operations, operations } from './resources/operations.ts';
import { type Quotas, quotas } from './resources/quotas.ts';
import { type Regional, regional } from './resources/regional.ts';
import { type Regions, regions } from './resources/regions.ts';
import { type SshKeys, sshKeys } from './resources/ssh-keys.ts';
import { type VolumeSnapshots, volumeSnapshots } from './resources/volume-snapshots.ts';
import { type Volumes, volumes } from './resources/volumes.ts';

/** The nouns of one Public Cloud project. */
export class OvhProject {
  readonly flavors: Flavors;
  readonly imageSnapshots: ImageSnapshots;
  readonly images: Images;
  readonly instanceGroups: InstanceGroups;
  readonly instances: Instances;
  readonly networks: Networks;
  readonly operations: Operations;
  readonly quotas: Quotas;
  readonly regions: Regions;
  readonly sshKeys: SshKeys;
  readonly volumes: Volumes;
  readonly volumeSnapshots: VolumeSnapshots;
  readonly #http: Http;
  readonly #root: string;

  constructor(http: Http, projectId: string) {
    const root = path`/cloud/project/${projectId}`;
    this.flavors = flavors(http, root);
    this.imageSnapshots = imageSnapshots(http, root);
    this.images = images(http, root);
    this.instanceGroups = instanceGroups(http, root);
    this.instances = instances(http, root);
    this.networks = networks(http, root);
    this.operations = operations(http, root);
    this.quotas = quotas(http, root);
    this.regions = regions(http, root);
    this.sshKeys = sshKeys(http, root);
    this.volumes = volumes(http, root);
    this.volumeSnapshots = volumeSnapshots(http, root);
    this.#http = http;
    this.#root = root;
  }

  /** The calls of one region, which answer with operations. No call is made, and the name is not checked. */
  regional(region: string): Regional {
    return regional(this.#http, this.#root, region);
  }
}
