import type { Http } from './http.ts';
import { path } from './path.ts';
import { type Flavors, flavors } from './resources/flavors.ts';
import { type Images, images } from './resources/images.ts';
import { type Instances, instances } from './resources/instances.ts';
import { type Networks, networks } from './resources/networks.ts';
import { type Quotas, quotas } from './resources/quotas.ts';
import { type Regions, regions } from './resources/regions.ts';
import { type SshKeys, sshKeys } from './resources/ssh-keys.ts';
import { type Volumes, volumes } from './resources/volumes.ts';

/** The nouns of one Public Cloud project. */
export class OvhProject {
  readonly flavors: Flavors;
  readonly images: Images;
  readonly instances: Instances;
  readonly networks: Networks;
  readonly quotas: Quotas;
  readonly regions: Regions;
  readonly sshKeys: SshKeys;
  readonly volumes: Volumes;

  constructor(http: Http, projectId: string) {
    const root = path`/cloud/project/${projectId}`;
    this.flavors = flavors(http, root);
    this.images = images(http, root);
    this.instances = instances(http, root);
    this.networks = networks(http, root);
    this.quotas = quotas(http, root);
    this.regions = regions(http, root);
    this.sshKeys = sshKeys(http, root);
    this.volumes = volumes(http, root);
  }
}
