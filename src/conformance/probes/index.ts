import { PROBE_NAMES, type ProbeName } from '../names.ts';
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

const BY_NAME: Record<ProbeName, Probe> = {
  'skew-window': skewWindow,
  'unknown-parameters': unknownParameters,
  'flavor-names': flavorNames,
  'ssh-key-again': sshKeyAgain,
  'void-answer': voidAnswer,
  'list-lag': listLag,
  'detail-lag': detailLag,
  addresses,
  'instance-form': instanceForm,
  'list-nulls': listNulls,
  'quota-ram': quotaRam,
  times,
  'attach-again': attachAgain,
  'delete-busy-volume': deleteBusyVolume,
  'delete-volume-with-snapshots': deleteVolumeWithSnapshots,
  'delete-again': deleteAgain,
  'operation-resource': operationResource,
  'quota-answer': quotaAnswer,
  'failed-operation': failedOperation,
  'rate-limit': rateLimit,
};

/** In the order they are asked. */
export const probes: readonly Probe[] = PROBE_NAMES.map((name) => BY_NAME[name]);
