import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import type { Context } from '@temporalio/activity';
import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import {
  DefaultLogger,
  Runtime,
  Worker,
  type LogLevel,
  type Logger,
  type NativeConnection,
  type WorkerDeploymentOptions,
  type WorkerInterceptors,
} from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import { PauseWatch } from '../activities/exactly-once/pause-watch.ts';
import { ServedProjects } from '../activities/project.ts';
import { GuestAccess, type GuestRights } from '../activities/guest/guest-access.ts';
import { UserDataSource } from '../activities/user-data/user-data-source.ts';
import { actSlots, type Load } from './act-slots.ts';
import type { Deployment, WorkerConfig } from './config.ts';
import { ConfigError } from './configuration/config-error.ts';
import { timing } from '../contract/timing.ts';
import { messageOf } from '../contract/unknown.ts';
import { AccountMetrics } from './account-metrics.ts';
import { Members } from './members.ts';
import { openProject, projectOf } from './open-project.ts';
import { OvhMetrics, HISTOGRAM_BUCKETS } from './ovh-metrics.ts';
import { Readiness } from './readiness.ts';
import type { RunningWorker } from './running-worker.ts';
import { stepLog } from './step-log.ts';
import { StepMetrics } from './step-metrics.ts';
import { openTraces } from './traces.ts';
import { withoutPaths } from './without-paths.ts';
import { Governors } from '../ovh/index.ts';
import type { ConnectOptions } from '../temporal/address.ts';
import { CodecKeys } from '../temporal/codec/codec-keys.ts';
import { dataConverterOf } from '../temporal/codec/data-converter.ts';
import { connectWorker } from '../temporal/connect-worker.ts';
import { workflowSource } from './workflow-source.ts';

export type { RunningWorker } from './running-worker.ts';

const NO_GUESTS: GuestRights = {
  keysDirectory: undefined,
  hostKeySecrets: [],
  sources: { directory: undefined, variables: [] },
};

/**
 * Starts both workers of a process: one for workflows and what changes OVH, one for what looks, so that ten thousand
 * waits cannot starve a create.
 *
 * @throws TemporalUnreachable, ConfigError, CodecKeyError or OvhError when it cannot work; each says in a sentence what to do.
 */
export async function startWorker(
  config: WorkerConfig,
  temporal: ConnectOptions = {},
): Promise<RunningWorker> {
  const keys = CodecKeys.load(temporal.env ?? process.env);
  const dataConverter = dataConverterOf(keys);
  const { metricMeter, logger } = Runtime.instance();
  const metrics = new OvhMetrics(metricMeter);
  const account = new AccountMetrics(metricMeter);
  const readiness = new Readiness();
  const traces = await openTraces(temporal.env ?? process.env, () => client);
  const members = new Members();
  const governors = new Governors((caller) => members.shareOf(caller));
  const shared = { config, metrics, account, readiness, traces, governors, members };
  const opened = await Promise.all(config.projects.map((project) => openProject(project, shared)));
  const projects = new ServedProjects(opened);
  const { connection, namespace } = await connectWorker(temporal);
  const client = new Client({ connection, namespace, dataConverter });
  const pauses = new PauseWatch().start();
  metrics.start();
  const steps = new StepMetrics(metricMeter, (alias) => projects.find(alias) !== undefined).start();
  for (const { alias } of opened) steps.watch(alias);
  if (config.metricsAddress) account.start();
  const guests = new GuestAccess(config.guests ?? NO_GUESTS);
  const activities = createActivities({
    projects,
    temporal: client,
    pauses,
    userDataSource: new UserDataSource(config.userData),
    guests,
    allowsReadableUserData: config.userData.allowReadable ?? false,
  });
  const changes = new Set(Object.keys(activities.mutate));
  const workers = await createWorkers(config, activities, {
    connection,
    namespace,
    // What the activities look up may be older than the key; what is asked of the worker may not.
    dataConverter: dataConverterOf(keys, { refusesPlaintext: config.refusesPlaintext ?? false }),
    encodesFailures: keys !== undefined,
    loads: () => governors.loads(),
    interceptors: {
      activity: [
        () => ({ inbound: withoutPaths }),
        (context) => ({ inbound: steps.interceptor(context) }),
        (context) => ({ inbound: stepLog(context, logger, changes) }),
        ...(traces ? [(context: Context) => ({ inbound: traces.interceptor(context) })] : []),
      ],
    },
  });
  readiness.polls(() => pollingState(workers, connection));
  members.start({
    connection,
    namespace,
    taskQueue: config.taskQueue,
    demands: (seconds) => governors.demands(seconds),
  });
  const working = async () => {
    try {
      await runAll(workers, connection, members);
    } finally {
      pauses.stop();
      metrics.stop();
      guests.close();
      steps.stop();
      account.stop();
      await traces?.close();
    }
  };
  const done = working();
  done.catch(() => undefined);
  return {
    done,
    async stop() {
      shutDown(workers);
      await done;
    },
    ready: () => readiness.look(),
    serve(project, credentials) {
      projects.add(projectOf(project, credentials, shared).project);
      steps.watch(project.alias);
    },
  };
}

/** `ok` where both poll. @throws what the connection throws, when Temporal does not answer */
async function pollingState(workers: Worker[], connection: NativeConnection): Promise<string> {
  const states = new Set(workers.map((worker) => worker.getState()));
  if (states.size > 1 || !states.has('RUNNING')) return `the worker is ${[...states].join(' and ')}`;
  await connection.workflowService.getSystemInfo({});
  return 'ok';
}

/** When one breaks the process is of no use: the other must not go on alone. */
async function runAll(workers: Worker[], connection: NativeConnection, members: Members): Promise<void> {
  const runs = await Promise.allSettled(
    workers.map((worker) => worker.run().finally(() => shutDown(workers))),
  );
  await members.stop();
  await connection.close();
  for (const run of runs) if (run.status === 'rejected') throw run.reason;
}

/**
 * By how much a heap may grow until its garbage is collected. V8 would let it grow to a multiple of what lives while a
 * fleet begins, and would keep the room while the fleet waits (decision 12).
 */
const HEAP_GROWTH_PERCENT = 25;

/** What a process has of Temporal's runtime, once. A worker's configuration is one. */
export interface RuntimeSettings {
  /** Of the SDK's own logger, where there is no `logger`. Default `WARN`. */
  logLevel?: LogLevel | undefined;
  /** Where Prometheus metrics are served, such as `127.0.0.1:9464`; absent: nowhere. */
  metricsAddress?: string | undefined;
  logger?: Logger | undefined;
}

/**
 * Once per process, before anything connects: logs, and metrics where an address is given. Without a logger of the caller's
 * the SDK's own, quiet, on standard error.
 *
 * @throws ConfigError when nothing can listen there
 */
export function installRuntime({ logLevel = 'WARN', metricsAddress, logger }: RuntimeSettings = {}): void {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`);
  const prometheus = { bindAddress: metricsAddress ?? '', histogramBucketOverrides: HISTOGRAM_BUCKETS };
  try {
    Runtime.install({
      logger: logger ?? new DefaultLogger(logLevel),
      telemetryOptions: {
        ...(metricsAddress && { metrics: { prometheus } }),
        // What the SDK's native core says comes as lines of the same kind.
        ...(logger && { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } }),
      },
    });
  } catch (error) {
    const message = messageOf(error);
    throw new ConfigError(
      `MOORING_METRICS_ADDRESS: metrics cannot be served at ${metricsAddress}: ${message}; choose another address`,
      { cause: error },
    );
  }
}

/**
 * The SDK would cut a workflow's activation off after 5 s, in the middle of whatever it computes. Node does not survive that
 * ("async hook stack has become corrupted": nodejs/node 38503), and the worker ends, as does the one that takes over. A large
 * fleet that is replayed on a busy machine takes longer; none of our workflows runs for ever. The SDK's types do not show
 * this setting.
 */
const UNCUT_ACTIVATIONS = { isolateExecutionTimeout: timing.fleetTaskMs };

/** The two workers of a process, with what belongs to neither: where Temporal is and how payloads are encoded. */
export async function createWorkers(
  config: WorkerConfig,
  { mutate, observe }: ReturnType<typeof createActivities>,
  {
    encodesFailures,
    loads = () => [{ waiting: 0, perSecond: Number.POSITIVE_INFINITY }],
    ...temporal
  }: {
    connection: NativeConnection;
    namespace: string;
    dataConverter: DataConverter;
    encodesFailures: boolean;
    /** Default: nothing waits, and any number may be sent. */
    loads?: () => Iterable<Load>;
    interceptors?: WorkerInterceptors;
  },
): Promise<Worker[]> {
  return Promise.all([
    Worker.create({
      ...temporal,
      ...workflowSource(config.workflowBundle, { encodesFailures }),
      taskQueue: config.taskQueue,
      ...(config.deployment && { workerDeploymentOptions: pinnedTo(config.deployment) }),
      activities: mutate,
      maxCachedWorkflows: cachedWorkflows(),
      ...UNCUT_ACTIVATIONS,
      ...(config.mutationsPerSecond !== undefined && {
        maxTaskQueueActivitiesPerSecond: config.mutationsPerSecond,
      }),
      // Acts come in the order of Temporal's queue, and each by a poll that counts.
      maxEagerActivityReservationsPerWorkflowTask: 0,
      maxConcurrentActivityTaskPolls: 5,
      tuner: {
        activityTaskSlotSupplier: actSlots(loads),
        workflowTaskSlotSupplier: { type: 'fixed-size', numSlots: 40 },
        localActivityTaskSlotSupplier: { type: 'fixed-size', numSlots: 1 },
        nexusTaskSlotSupplier: { type: 'fixed-size', numSlots: 1 },
      },
      // The default would hold beats back for four fifths of the time after which a silent mutation is given to another worker.
      // An undo beats whenever it looks: people watch it.
      maxHeartbeatThrottleInterval: timing.throttleMs,
      // A mutation that has begun is finished: cutting it off would leave its outcome unclear.
      shutdownGraceTime: timing.actMs,
    }),
    Worker.create({
      ...temporal,
      taskQueue: `${config.taskQueue}-observe`,
      // Without a build even where there are builds: looks are anybody's.
      activities: observe,
      // Waits are idle nearly always.
      maxConcurrentActivityTaskExecutions: 2000,
      shutdownGraceTime: 0,
    }),
  ]);
}

/**
 * A cached run takes about 0.35 MiB, and one that had to leave the cache is replayed at each of its steps. The SDK counts
 * 1.7 MiB, which is too few of them for a fleet where memory is small.
 */
function cachedWorkflows(): number {
  const heapMiB = getHeapStatistics().heap_size_limit / 2 ** 20;
  return Math.min(4000, Math.max(10, Math.floor((heapMiB - 200) / 0.5)));
}

/** What a run has begun, the same build finishes: its children and its later runs, too. */
function pinnedTo({ name, buildId }: Deployment): WorkerDeploymentOptions {
  return {
    useWorkerVersioning: true,
    version: { deploymentName: name, buildId },
    defaultVersioningBehavior: 'PINNED',
  };
}

function shutDown(workers: Worker[]): void {
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
}
