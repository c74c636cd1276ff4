import type { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure, type MetricMeter } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { STEPS } from '../contract/index.ts';
import type { Found, Survey, Reduced } from '../contract/index.ts';
import { timing } from '../contract/timing.ts';
import { stepDetails } from '../contract/wire.ts';
import { fieldsOf } from '../contract/unknown.ts';

/** How old a gauge may be that Prometheus asks for. */
const LOOK_EVERY_MS = 1000;

interface Deletion {
  project: string;
  /** When its first attempt was scheduled, of whichever worker. */
  since: number;
  /** When its last attempt ended here; endless while one goes on. */
  heardAt: number;
}

/**
 * What steps come to, as metrics: seen from outside, by the answers and failures of activities. Labels are a project's alias,
 * the activity's type, a word for how an attempt ended: never the name of a node.
 */
export class StepMetrics {
  readonly #attempts;
  readonly #underWay;
  readonly #unclear;
  readonly #duplicates;
  readonly #oldest;
  readonly #found;
  readonly #price;
  readonly #surveyed;
  readonly #isProject: (alias: string) => boolean;
  readonly #deletions = new Map<string, Deletion>();
  readonly #running = new Map<string, number>();
  readonly #projects = new Set<string>();
  readonly #currencies = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;

  /** `isProject`: what a stranger calls a project in a request is no label before a worker knows it. */
  constructor(meter: MetricMeter, isProject: (alias: string) => boolean) {
    this.#isProject = isProject;
    const counter = (name: string, says: string) => meter.createCounter(`mooring_${name}_total`, '', says);
    const gauge = (name: string, unit: string, says: string) =>
      meter.createGauge(`mooring_${name}`, 'float', unit, says);
    this.#attempts = counter('step_attempts', 'Attempts of steps, by how they ended');
    this.#unclear = counter(
      'unclear_creates',
      'Creates whose answer was lost: OVH was looked at before it was asked again',
    );
    this.#duplicates = counter(
      'duplicates_removed',
      'Things beyond what was asked for that a count has deleted',
    );
    this.#underWay = gauge('steps_under_way', '', 'Steps that this worker works on or waits in');
    this.#oldest = gauge('undo_seconds', 's', 'How long the oldest deletion has gone on');
    this.#found = gauge(
      'marked_things',
      '',
      'What the last survey found that nobody wants, or that nobody knows',
    );
    this.#price = gauge('left_over_monthly_price', '', 'What is left over costs a month, by the last survey');
    this.#surveyed = gauge('survey_timestamp_seconds', 's', 'When the last survey ended');
  }

  /** Counters begin with 0: Prometheus sees growth, and would not see the first of something. */
  watch(project: string): void {
    this.#projects.add(project);
    for (const kind of ['instance', 'volume']) this.#duplicates.add(0, { project, kind });
    for (const activity of ['createInstance', 'createVolume', 'createFloatingIp'])
      this.#unclear.add(0, { project, activity });
  }

  interceptor(context: Context): ActivityInboundCallsInterceptor {
    const { activityType: activity } = context.info;
    return {
      execute: async (input, next) => {
        const project = this.#projectOf(input.args);
        this.#count(activity, 1);
        if (activity === 'reduceTo') this.#begins(context, project);
        try {
          const result = await next(input);
          this.#attempts.add(1, { project, activity, ended: 'done' });
          this.#ended(context, project, result);
          return result;
        } catch (error) {
          this.#attempts.add(1, { project, activity, ended: endOf(error) });
          if (error instanceof ApplicationFailure && stepDetails(error)?.unclear)
            this.#unclear.add(1, { project, activity });
          this.#failed(context, error);
          throw error;
        } finally {
          this.#count(activity, -1);
        }
      },
    };
  }

  start(): this {
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
    return this;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Wherever the request of the step is among its arguments, and the project in it. */
  #projectOf(args: unknown[]): string {
    for (const arg of args) {
      const { project, place } = fieldsOf(arg);
      const alias = fieldsOf(place)['project'] ?? project;
      if (typeof alias === 'string') return this.#isProject(alias) ? alias : 'unknown';
    }
    return this.#isProject('main') ? 'main' : 'unknown';
  }

  #count(activity: string, by: number): void {
    const running = (this.#running.get(activity) ?? 0) + by;
    this.#running.set(activity, running);
    this.#underWay.set(running, { activity });
  }

  #begins(context: Context, project: string): void {
    const { scheduledTimestampMs: since } = context.info;
    this.#deletions.set(keyOf(context), { project, since, heardAt: Number.POSITIVE_INFINITY });
  }

  #ended(context: Context, project: string, result: unknown): void {
    const { activityId, activityType: activity } = context.info;
    this.#deletions.delete(keyOf(context));
    // An interceptor is told every answer as unknown, and by the name of the step which it is.
    if (activity === 'reduceTo' && activityId === STEPS.removeExtra)
      for (const { kind } of (result as Reduced).deleted) this.#duplicates.add(1, { project, kind });
    if (activity === 'survey') this.#tell(project, (result as { found: Survey }).found);
  }

  #failed(context: Context, error: unknown): void {
    const key = keyOf(context);
    const isOver =
      error instanceof CancelledFailure ||
      (error instanceof ApplicationFailure && error.nonRetryable === true);
    const deletion = this.#deletions.get(key);
    if (isOver) this.#deletions.delete(key);
    else if (deletion) deletion.heardAt = Date.now();
  }

  #tell(project: string, { leftOver, unknown, wanted }: Survey): void {
    this.#found.set(leftOver.length, { project, fate: 'left_over' });
    this.#found.set(unknown.length, { project, fate: 'unknown' });
    this.#surveyed.set(Date.now() / 1000, { project });
    const priced = [...leftOver, ...unknown, ...wanted].find(({ price }) => price)?.price;
    const currency = this.#currencies.get(project) ?? priced?.currency;
    if (currency === undefined) return;
    this.#currencies.set(project, currency);
    this.#price.set(monthlyOf(leftOver), { project, currency });
  }

  #look(): void {
    const now = Date.now();
    const oldest = new Map([...this.#projects].map((project) => [project, 0]));
    for (const [key, { project, since, heardAt }] of this.#deletions)
      if (now - heardAt > timing.forgottenMs) this.#deletions.delete(key);
      else oldest.set(project, Math.max(oldest.get(project) ?? 0, (now - since) / 1000));
    for (const [project, seconds] of oldest) this.#oldest.set(seconds, { project });
  }
}

const keyOf = ({ info: { workflowExecution, activityId } }: Context): string =>
  `${workflowExecution?.runId}/${activityId}`;

/** One word: `done`, `cancelled`, or the failure's type; what is no failure of ours is `error`. */
export function endOf(error: unknown): string {
  if (error instanceof CancelledFailure) return 'cancelled';
  return (error instanceof ApplicationFailure && error.type) || 'error';
}

function monthlyOf(things: Found[]): number {
  return things.reduce((sum, { price }) => sum + (price?.month ?? 0), 0);
}
