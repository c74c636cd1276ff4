import type { Context } from '@temporalio/activity';
import { ApplicationFailure, type LogLevel, type Logger } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import type { FailureCause } from '../contract/index.ts';
import { stepDetails, type RetriedType } from '../contract/wire.ts';
import { messageOf } from '../contract/unknown.ts';
import { endOf } from './step-metrics.ts';

/**
 * What each attempt of a step came to. INFO: something was changed at OVH. DEBUG: as usual. WARN: OVH refuses, or it is tried
 * again because of somebody else. ERROR: somebody has to do something.
 */
export function stepLog(
  { info }: Context,
  logger: Logger,
  changes: ReadonlySet<string>,
): ActivityInboundCallsInterceptor {
  const { activityId, activityType, attempt, workflowType, workflowExecution } = info;
  const about = {
    workflowId: workflowExecution?.workflowId,
    workflowRunId: workflowExecution?.runId,
    workflowType,
    activityId,
    activityType,
    attempt,
  };
  return {
    async execute(input, next) {
      const began = performance.now();
      const tookMs = () => Math.round(performance.now() - began);
      try {
        const result = await next(input);
        logger.log(changes.has(activityType) ? 'INFO' : 'DEBUG', `${activityId} is done`, {
          ...about,
          tookMs: tookMs(),
        });
        return result;
      } catch (error) {
        const reason = endOf(error);
        const { status, queryId } = causeOf(error);
        const failed = { ...about, tookMs: tookMs(), reason, status, queryId };
        if (reason === 'error')
          logger.error(`${activityId} failed by a fault of the worker`, { ...failed, error });
        else logger.log(levelOf(reason), messageOf(error), failed);
        throw error;
      }
    },
  };
}

const LEVELS: Partial<Record<string, LogLevel>> = {
  NotReady: 'DEBUG',
  cancelled: 'INFO',
  Interrupted: 'INFO',
  CredentialsRefused: 'ERROR',
  WrongWorker: 'ERROR',
  WorkerFault: 'ERROR',
} satisfies Partial<Record<RetriedType | 'cancelled', LogLevel>>;

const levelOf = (reason: string): LogLevel => LEVELS[reason] ?? 'WARN';

function causeOf(error: unknown): Partial<FailureCause> {
  return (error instanceof ApplicationFailure && stepDetails(error)?.cause) || {};
}
