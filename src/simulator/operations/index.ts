import { authOperations } from './auth.ts';
import { floatingIpOperations } from './floating-ips.ts';
import { gatewayOperations } from './gateways.ts';
import { flavorOperations } from './flavors.ts';
import { imageSnapshotOperations } from './image-snapshots.ts';
import { imageOperations } from './images.ts';
import { instanceChangeOperations } from './instance-changes.ts';
import { instanceExtraOperations } from './instance-extras.ts';
import { instanceGroupOperations } from './instance-groups.ts';
import { instancePowerOperations } from './instance-power.ts';
import { instanceOperations } from './instances.ts';
import { meOperations } from './me.ts';
import { networkOperations } from './networks.ts';
import { operationOperations } from './operations.ts';
import { priceListOperations } from './price-list.ts';
import { projectOperations } from './projects.ts';
import { quotaOperations } from './quotas.ts';
import { regionalInstanceOperations } from './regional-instances.ts';
import { regionalNetworkOperations } from './regional-networks.ts';
import { regionalVolumeOperations } from './regional-volumes.ts';
import { regionOperations } from './regions.ts';
import { sshKeyOperations } from './ssh-keys.ts';
import { volumeAttachmentOperations } from './volume-attachment.ts';
import { volumeBackupOperations } from './volume-backups.ts';
import { volumeSnapshotOperations } from './volume-snapshots.ts';
import { volumeOperations } from './volumes.ts';
import { workflowBackupOperations } from './workflow-backups.ts';

/** Everything the simulator serves. The first row that fits a path counts: `/instance/group` comes before `/instance/{id}`. */
export const operations = [
  ...authOperations,
  ...meOperations,
  ...priceListOperations,
  ...projectOperations,
  ...regionOperations,
  ...flavorOperations,
  ...imageOperations,
  ...imageSnapshotOperations,
  ...sshKeyOperations,
  ...networkOperations,
  ...quotaOperations,
  ...instanceGroupOperations,
  ...instanceExtraOperations,
  ...instanceOperations,
  ...instanceChangeOperations,
  ...instancePowerOperations,
  ...volumeBackupOperations,
  ...volumeSnapshotOperations,
  ...volumeOperations,
  ...volumeAttachmentOperations,
  ...operationOperations,
  ...regionalInstanceOperations,
  ...regionalNetworkOperations,
  ...gatewayOperations,
  ...floatingIpOperations,
  ...workflowBackupOperations,
  ...regionalVolumeOperations,
];
