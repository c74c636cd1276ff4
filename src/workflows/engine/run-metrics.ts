import { ApplicationFailure, log, metricMeter, workflowInfo } from '@temporalio/workflow';
import { fieldsOf } from '../../contract/unknown.ts';

/**
 * Counts and logs a run that ends, by what came of it, and says how long it took. Costs no Action and no event; the SDK does not count
 * again what is replayed. `project`: `none` before the baseline, when nobody has said yet that there is such a project.
 */
export function countRun(type: string, project: string, outcome: string): void {
  const labels = { type, project, outcome };
  const says = 'Operations on nodes, by what came of them';
  metricMeter.createCounter('mooring_runs_total', '', says).add(1, labels);
  const seconds = (Date.now() - workflowInfo().startTime.getTime()) / 1000;
  log.info(`ended: ${outcome}`, { outcome, tookMs: Math.round(seconds * 1000) });
  const tookSays = 'From the start of an operation on a node to its end';
  metricMeter.createHistogram('mooring_run_seconds', 'float', 's', tookSays).record(seconds, labels);
}

/** `created`, `adopted`, `completed`, … of a success; the type of a failure. */
export function outcomeOf(ended: unknown): string {
  if (ended instanceof ApplicationFailure) return ended.type ?? 'failed';
  const { outcome } = fieldsOf(ended);
  return typeof outcome === 'string' ? outcome : 'done';
}
