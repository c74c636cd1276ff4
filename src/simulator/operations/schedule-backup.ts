import { badRequest } from '../http/api-error.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { InstanceRecord, WorkflowBackupRecord } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { nextTime } from './cron.ts';

/** What may be said of a backup by schedule, here or when its instance is created. */
export interface WantedBackup {
  cron: string;
  rotation: number;
  name?: string | null | undefined;
  imageName?: string | null | undefined;
  distantImageName?: string | null | undefined;
  distantRegionName?: string | null | undefined;
}

/** @throws an `ApiError` where the schedule makes no sense. */
export function checkSchedule({ cron, rotation }: WantedBackup, now: number): void {
  if (nextTime(cron, now) === undefined) throw badRequest('Invalid value(s) received: cron');
  if (rotation < 1) throw badRequest('Invalid value(s) received: rotation');
}

export function addWorkflowBackup(
  world: World,
  project: ProjectRecord,
  instance: Pick<InstanceRecord, 'id' | 'name' | 'region'>,
  wanted: WantedBackup,
  now: number,
): WorkflowBackupRecord {
  checkSchedule(wanted, now);
  const name = wanted.name || instance.name;
  const backup: WorkflowBackupRecord = {
    id: world.random.uuid(),
    name,
    backupName: wanted.imageName || name,
    region: instance.region,
    instanceId: instance.id,
    cron: wanted.cron,
    rotation: wanted.rotation,
    distantBackupName: wanted.distantImageName ?? null,
    distantRegion: wanted.distantRegionName ?? null,
    createdAt: now,
  };
  project.workflowBackups.set(backup.id, backup);
  return backup;
}
