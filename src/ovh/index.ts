export { type Fetch, plainFetch } from './fetch.ts';
export { Ovh, type OvhOptions } from './ovh.ts';
export {
  type AccessRule,
  type CredentialRequest,
  requestCredential,
  type RequestedCredential,
} from './request-credential.ts';
export type { OvhProject } from './ovh-project.ts';
export type { CallOptions, MutateOptions } from './call-options.ts';

export type { Auth } from './resources/auth.ts';
export type { Flavors } from './resources/flavors.ts';
export type { ImageFilter, Images } from './resources/images.ts';
export type { ImageSnapshots } from './resources/image-snapshots.ts';
export type { InstanceGroupRequest, InstanceGroups } from './resources/instance-groups.ts';
export type { BulkRequest, InstanceRequest, Instances } from './resources/instances.ts';
export type { Networks, PrivateNetworkRequest, SubnetRequest } from './resources/networks.ts';
export type { Operations } from './resources/operations.ts';
export type { GetPrices, Prices } from './resources/prices.ts';
export type { Projects } from './resources/projects.ts';
export type { Quotas } from './resources/quotas.ts';
export type {
  Regional,
  RegionalInstanceQuery,
  RegionalInstanceRequest,
  RegionalVolumeRequest,
  RegionalVolumeUpdate,
} from './resources/regional.ts';
export type { Regions } from './resources/regions.ts';
export { sshKeyId, type SshKeyRequest, type SshKeys } from './resources/ssh-keys.ts';
export type { VolumeBackups } from './resources/volume-backups.ts';
export type { VolumeSnapshots } from './resources/volume-snapshots.ts';
export type { VolumeRequest, Volumes, VolumeUpdate } from './resources/volumes.ts';

export type { AuthDetails } from './schemas/auth-details.ts';
export type { Credential } from './schemas/credential.ts';
export type { Flavor } from './schemas/flavor.ts';
export type { Image } from './schemas/image.ts';
export type { Instance } from './schemas/instance.ts';
export type { InstanceGroup } from './schemas/instance-group.ts';
export type { NetworkInterface } from './schemas/interface.ts';
export type { Network, NetworkVisibility } from './schemas/network.ts';
export { type Operation, resourceOf } from './schemas/operation.ts';
export type { Project } from './schemas/project.ts';
export type { Quota } from './schemas/quota.ts';
export type { AvailableRegion, Region } from './schemas/region.ts';
export type { RegionalInstance, RegionalVolume } from './schemas/regional.ts';
export type { SshKey } from './schemas/ssh-key.ts';
export type { Subnet } from './schemas/subnet.ts';
export type { Volume } from './schemas/volume.ts';
export type { VolumeBackup } from './schemas/volume-backup.ts';
export type { VolumeSnapshot } from './schemas/volume-snapshot.ts';

export { isCredentialRefusal } from './errors/is-credential-refusal.ts';
export { OvhApiError } from './errors/ovh-api-error.ts';
export { OvhConfigError } from './errors/ovh-config-error.ts';
export { OvhError } from './errors/ovh-error.ts';
export { OvhNetworkError } from './errors/ovh-network-error.ts';
export { OvhSchemaError } from './errors/ovh-schema-error.ts';

export type {
  AccessToken,
  ApplicationKeyCredentials,
  ClientCredentials,
  Credentials,
  CredentialSource,
} from './configuration/credentials.ts';
export {
  type CredentialArguments,
  loadCredentials,
  type LoadCredentialsOptions,
  type LoadedCredentials,
  usualFiles,
} from './configuration/load-credentials.ts';
export { type Clock, systemClock } from './clock.ts';
export { isLoopbackHost, resolveEndpoint } from './endpoints.ts';
export { refuseUnread, type Unread } from './read-list.ts';
export { Governor, type GovernorOptions, type GovernorState, type Priority } from './governor.ts';
export { Governors } from './governors.ts';
export { sign, type Signable } from './signature.ts';
