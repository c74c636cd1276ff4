import { notFound } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import { long, optional, string } from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { WorkflowBackupRecord } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { nextTime } from './cron.ts';
import { findInstance } from './instances.ts';
import { addOperation, operationView } from './operations.ts';
import { findRegion } from './regions.ts';
import { addWorkflowBackup } from './schedule-backup.ts';

const all = '/region/{regionName}/workflow/backup';
const one = `${all}/{backupWorkflowId}` as const;

/** Backups by schedule. They are kept as they were ordered; their time never comes. */
export const workflowBackupOperations = [
  inProject({
    method: 'GET',
    path: all,
    iam: 'region/workflow/backup/get',
    handle({ world, project, now, params: { regionName } }) {
      const { name } = findRegion(project, regionName, now);
      return [...project.workflowBackups.values()]
        .filter(({ region }) => region === name)
        .map((backup) => backupView(backup, world, now));
    },
  }),

  inProject({
    method: 'POST',
    path: all,
    iam: 'region/workflow/backup/create',
    body: {
      cron: string,
      instanceId: string,
      maxExecutionCount: optional(long),
      name: string,
      rotation: long,
    },
    handle({ world, project, now, params: { regionName }, body: { instanceId, ...wanted } }) {
      const { instance } = findInstance(project, instanceId, now);
      if (instance.region !== regionName) throw notFound('instanceId', instanceId);
      return backupView(addWorkflowBackup(world, project, instance, wanted, now), world, now);
    },
  }),

  inProject({
    method: 'GET',
    path: one,
    iam: 'region/workflow/backup/get',
    handle: ({ world, project, now, params }) => backupView(findBackup(project, params), world, now),
  }),

  inProject({
    method: 'DELETE',
    path: one,
    iam: 'region/workflow/backup/delete',
    handle({ project, params }) {
      project.workflowBackups.delete(findBackup(project, params).id);
    },
  }),

  inProject({
    method: 'POST',
    path: '/region/{regionName}/instance/{instanceId}/autobackup',
    iam: 'region/instance/autobackup/create',
    body: {
      cron: string,
      distantImageName: optional(string),
      distantRegionName: optional(string),
      imageName: optional(string),
      name: optional(string),
      rotation: long,
    },
    handle({ world, project, now, params: { regionName, instanceId }, body }) {
      const { instance } = findInstance(project, instanceId, now);
      if (instance.region !== regionName) throw notFound('instanceId', instanceId);
      const { id } = addWorkflowBackup(world, project, instance, body, now);
      const operation = addOperation(world, project, {
        now,
        action: 'autobackup#create',
        region: regionName,
        resourceIds: [id],
        instanceId,
        knownAt: now,
        completedAt: now + world.delays.operationMs,
        fails: false,
      });
      return operationView(operation, world, now);
    },
  }),
];

function findBackup(project: ProjectRecord, params: { regionName: string; backupWorkflowId: string }) {
  const backup = project.workflowBackups.get(params.backupWorkflowId);
  if (backup?.region !== params.regionName) throw notFound('backupWorkflowId', params.backupWorkflowId);
  return backup;
}

function backupView(
  { region: _region, createdAt, ...backup }: WorkflowBackupRecord,
  world: World,
  now: number,
) {
  return {
    ...backup,
    createdAt: world.date(createdAt),
    executions: [],
    nextExecutionTime: world.date(nextTime(backup.cron, now) ?? now),
  };
}
