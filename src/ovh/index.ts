export { type Fetch, plainFetch } from './transport.ts';
export { Ovh, type OvhOptions } from './ovh.ts';
export {
  type AccessRule,
  type CredentialRequest,
  requestCredential,
  type RequestedCredential,
  type Credential,
} from './request-credential.ts';
export type { OvhProject } from './ovh-project.ts';
export type { CallOptions, MutateOptions } from './http.ts';
export type { Auth, AuthDetails } from './resources/auth.ts';
export type { Flavors, Flavor } from './resources/flavors.ts';
export type { ImageFilter, Images, Image } from './resources/images.ts';
export type { ImageSnapshots } from './resources/image-snapshots.ts';
export type { InstanceGroupRequest, InstanceGroups, InstanceGroup } from './resources/instance-groups.ts';
export type {
  BulkRequest,
  InstanceRequest,
  Instances,
  Instance,
  NetworkInterface,
} from './resources/instances.ts';
export type {
  Networks,
  PrivateNetworkRequest,
  SubnetRequest,
  Network,
  NetworkVisibility,
  Subnet,
} from './resources/networks.ts';
export type { FloatingIps, FloatingIp, Gateway } from './resources/floating-ips.ts';
export { type Operations, type Operation, resourceOf } from './resources/operations.ts';
export type { GetPrices, Prices } from './resources/prices.ts';
export type { Projects, Project } from './resources/projects.ts';
export type { Quotas, Quota } from './resources/quotas.ts';
export type {
  Regional,
  RegionalInstanceQuery,
  RegionalInstanceRequest,
  RegionalVolumeRequest,
  RegionalVolumeUpdate,
  RegionalInstance,
  RegionalVolume,
} from './resources/regional.ts';
export type { Regions, AvailableRegion, Region } from './resources/regions.ts';
export { sshKeyId, type SshKeyRequest, type SshKeys, type SshKey } from './resources/ssh-keys.ts';
export type { VolumeBackups, VolumeBackup } from './resources/volume-backups.ts';
export type { VolumeSnapshots, VolumeSnapshot } from './resources/volume-snapshots.ts';
export type { VolumeRequest, Volumes, VolumeUpdate, Volume } from './resources/volumes.ts';
export {
  isCredentialRefusal,
  OvhApiError,
  OvhConfigError,
  OvhError,
  OvhNetworkError,
  OvhSchemaError,
} from './errors.ts';
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
export { refuseUnread, type Unread } from './answers.ts';
export { Governor, type GovernorOptions, type GovernorState, type Priority, Governors } from './governor.ts';
export { sign, type Signable } from './signature.ts';
