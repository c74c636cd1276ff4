import type { Client } from '@temporalio/client';
import { nodeWorkflowId } from '../contract/index.ts';
import type { Beginning, Place, WorkflowType } from '../contract/index.ts';
import { parseNodeOperation, parseOperation } from '../contract/schemas/operations.ts';
import { admittable, type Admittable } from '../temporal/admission.ts';
import { Attempt } from './attempt.ts';
import { showsNothingOf, unlessDown } from './down-region.ts';
import { markOf } from './mark.ts';
import { aliveMarked } from './marked.ts';
import type { PauseWatch } from './pause-watch.ts';
import { refuseReadableUserData } from './readable-user-data.ts';
import { refuseUnknownRegion } from './resolve.ts';
import type { Projects } from './project.ts';
import { instanceStatus } from './status.ts';
import type { TerminatedRuns } from './terminated-runs.ts';
import { orInvalidSpec } from './to-failure.ts';

export function beginningActivities({
  projects,
  temporal,
  terminated,
  pauses,
  allowsReadableUserData,
}: {
  projects: Projects;
  temporal: Client;
  terminated: TerminatedRuns;
  pauses: PauseWatch;
  allowsReadableUserData: boolean;
}) {
  return {
    /** Checks what a stranger sent, and names the node or fleet that it is about. */
    async checkRequest(
      type: WorkflowType,
      input: unknown,
    ): Promise<Admittable & { memo: Record<string, unknown> }> {
      const request = orInvalidSpec(() => parseOperation(type, input));
      projects.get(request.project);
      return admittable(type, request);
    },

    /**
     * The first recorded step: the request with every default, and what carries the node's mark now, alive. What it
     * sees is never deleted by this run's undo. Reads only.
     */
    async beginning(type: WorkflowType, input: unknown): Promise<Beginning<unknown>> {
      const request = orInvalidSpec(() => parseNodeOperation(type, input));
      const project = projects.get(request.project);
      const { region, name } = request;
      const hasUserData = 'userData' in request && request.userData !== null;
      if (hasUserData && project.isReal && !allowsReadableUserData) await refuseReadableUserData(temporal);
      await refuseUnknownRegion(project, region);
      const attempt = new Attempt(pauses);
      await terminated.refuseSoonAfter(nodeWorkflowId(request), project.settleMs, attempt);
      const place: Place = {
        project: project.alias,
        region,
        node: name,
        mark: markOf(project.identity(region), name),
      };
      const lookedAt = attempt.now();
      const { instances, volumes } = await unlessDown(
        project,
        region,
        () => aliveMarked(project, place),
        async () => type === 'provisionNodeWithVolume' && showsNothingOf(project, place),
      );
      return {
        request: withoutUserData(request),
        baseline: {
          place,
          settleMs: project.settleMs,
          instances: await Promise.all(instances.map((instance) => instanceStatus(project, instance))),
          volumes,
          lookedAt,
        },
      };
    },
  };
}

/** History holds user data where it is needed, and nowhere else. */
function withoutUserData(request: object): unknown {
  return { ...request, userData: undefined };
}
