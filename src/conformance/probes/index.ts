import type { Probe } from '../probe.ts';
import { addresses } from './addresses.ts';
import { attachAgain } from './attach-again.ts';
import { deleteAgain } from './delete-again.ts';
import { deleteBusyVolume } from './delete-busy-volume.ts';
import { deleteVolumeWithSnapshots } from './delete-volume-with-snapshots.ts';
import { detailLag } from './detail-lag.ts';
import { failedOperation } from './failed-operation.ts';
import { flavorNames } from './flavor-names.ts';
import { instanceForm } from './instance-form.ts';
import { listLag } from './list-lag.ts';
import { listNulls } from './list-nulls.ts';
import { operationResource } from './operation-resource.ts';
import { quotaAnswer } from './quota-answer.ts';
import { quotaRam } from './quota-ram.ts';
import { rateLimit } from './rate-limit.ts';
import { skewWindow } from './skew-window.ts';
import { sshKeyAgain } from './ssh-key-again.ts';
import { times } from './times.ts';
import { unknownParameters } from './unknown-parameters.ts';
import { voidAnswer } from './void-answer.ts';

/** In the order they are asked: the instance is shared until `delete-again`, and the burst comes last. */
export const probes: readonly Probe[] = [
  skewWindow,
  unknownParameters,
  flavorNames,
  sshKeyAgain,
  voidAnswer,
  listLag,
  detailLag,
  addresses,
  instanceForm,
  listNulls,
  quotaRam,
  times,
  attachAgain,
  deleteBusyVolume,
  deleteVolumeWithSnapshots,
  deleteAgain,
  operationResource,
  quotaAnswer,
  failedOperation,
  rateLimit,
];
