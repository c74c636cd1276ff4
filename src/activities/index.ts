import type { Client } from '@temporalio/client';
import type { Recorded } from '../contract/wire.ts';
import { beginningActivities } from './baseline.ts';
import { countActivities } from './count.ts';
import { fleetActivities } from './fleet.ts';
import { floatingIpActivities } from './floating-ip.ts';
import { awaitGuestActivity } from './guest/await-guest.ts';
import type { GuestAccess } from './guest/guest-access.ts';
import { stepActivities } from './guest/run-step.ts';
import { inspectActivities } from './inspect.ts';
import { instanceActivities } from './instance.ts';
import { joiningActivities } from './joining.ts';
import type { PauseWatch } from './exactly-once/pause-watch.ts';
import type { ServedProjects } from './project.ts';
import { reapActivities } from './reap.ts';
import { reduceActivities } from './reduce.ts';
import type { UserDataSource } from './user-data/user-data-source.ts';
import { TerminatedRuns } from './proof/terminated-runs.ts';
import { lookFailure } from './exactly-once/to-failure.ts';
import { volumeActivities } from './volume.ts';

interface ActivityDependencies {
  projects: ServedProjects;
  /** For joining what runs already. */
  temporal: Client;
  pauses: PauseWatch;
  userDataSource: UserDataSource;
  guests: GuestAccess;
  /** Takes user data also where Temporal's history keeps it for everybody to read. */
  allowsReadableUserData: boolean;
}

export type MutateActivities = ReturnType<typeof createActivities>['mutate'];
export type ObserveActivities = ReturnType<typeof createActivities>['observe'];

/* What others read out of histories: an activity that answers something else does not compile. */
type Fits<_Activities extends Recorded> = true;
export type RecordsFit = Fits<MutateActivities & ObserveActivities>;

/** One OVH action each, on two queues: what changes OVH, and what looks. */
export function createActivities(given: ActivityDependencies) {
  const dependencies = { ...given, terminated: new TerminatedRuns(given.temporal) };
  const { createInstance, awaitInstance } = instanceActivities(dependencies);
  const { createVolume, attachVolume, awaitVolume, awaitAttached } = volumeActivities(dependencies);
  const { createFloatingIp, associateFloatingIp, awaitFloatingIp, findFloatingIps } =
    floatingIpActivities(dependencies);
  const { startStep, awaitStep, stopStep } = stepActivities(dependencies);
  return {
    mutate: {
      createInstance,
      createVolume,
      attachVolume,
      createFloatingIp,
      associateFloatingIp,
      startStep,
      stopStep,
      ...reduceActivities(dependencies),
    },
    observe: looking({
      ...beginningActivities(dependencies),
      ...countActivities(dependencies),
      ...fleetActivities(dependencies),
      ...inspectActivities(dependencies),
      ...joiningActivities(dependencies),
      ...reapActivities(dependencies),
      awaitInstance,
      awaitVolume,
      awaitAttached,
      awaitFloatingIp,
      findFloatingIps,
      ...awaitGuestActivity(dependencies),
      awaitStep,
    }),
  };
}

type Look = (...args: never[]) => Promise<unknown>;

/** A look that OVH does not answer says why it is tried again, and what a person has to do. */
function looking<Looks extends Record<string, Look>>(looks: Looks): Looks {
  const entries = Object.entries(looks).map(([name, look]) => [
    name,
    async (...args: Parameters<Look>) => {
      try {
        return await look(...args);
      } catch (error) {
        throw lookFailure(error);
      }
    },
  ]);
  // The same names, each with the same arguments and the same answer: `map` forgets which belongs to which.
  return Object.fromEntries(entries) as Looks;
}
