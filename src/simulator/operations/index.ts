import { authOperations } from './auth.ts';
import { flavorOperations } from './flavors.ts';
import { imageOperations } from './images.ts';
import { instancePowerOperations } from './instance-power.ts';
import { instanceOperations } from './instances.ts';
import { networkOperations } from './networks.ts';
import { projectOperations } from './projects.ts';
import { quotaOperations } from './quotas.ts';
import { regionOperations } from './regions.ts';
import { sshKeyOperations } from './ssh-keys.ts';
import { volumeAttachmentOperations } from './volume-attachment.ts';
import { volumeOperations } from './volumes.ts';

/** Everything the simulator serves. */
export const operations = [
  ...authOperations,
  ...projectOperations,
  ...regionOperations,
  ...flavorOperations,
  ...imageOperations,
  ...sshKeyOperations,
  ...networkOperations,
  ...quotaOperations,
  ...instanceOperations,
  ...instancePowerOperations,
  ...volumeOperations,
  ...volumeAttachmentOperations,
];
