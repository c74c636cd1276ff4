/** What a machine does in a status of OVH's. */
export type Power = 'on' | 'off' | 'rescue' | 'frozen';

const powers: Readonly<Record<string, Power>> = {
  BUILD: 'off',
  BUILDING: 'off',
  ERROR: 'off',
  DELETING: 'off',
  DELETED: 'off',
  REBOOT: 'off',
  HARD_REBOOT: 'off',
  SHUTOFF: 'off',
  STOPPED: 'off',
  REBUILD: 'off',
  RESIZE: 'off',
  SHELVING: 'off',
  SHELVED: 'off',
  SHELVED_OFFLOADED: 'off',
  UNSHELVING: 'off',
  RESCUING: 'off',
  UNRESCUING: 'off',
  RESCUE: 'rescue',
  SUSPENDED: 'frozen',
  PAUSED: 'frozen',
};

/** A word that nobody knows, such as `MIGRATING`, is one of a machine that runs. */
export function powerIn(status: string): Power {
  return powers[status] ?? 'on';
}

/** Whether a machine comes to this status by losing its power, instead of being asked to halt. */
export function isAbrupt(status: string): boolean {
  return ['HARD_REBOOT', 'ERROR', 'DELETING', 'DELETED'].includes(status);
}
