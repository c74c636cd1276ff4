import type { createActivities } from '../../src/activities/index.ts';
import { loadWorkerConfig } from '../../src/config.ts';
import { connectWorker } from '../../src/temporal/connect-worker.ts';
import { createWorkers, installRuntime } from '../../src/worker.ts';

/* A worker of the same settings as ours, whose activities do nothing. */

const nothing = async () => {};
export interface BareActivities {
  change(): Promise<void>;
  look(): Promise<void>;
}

const config = await loadWorkerConfig(process.env);
installRuntime('ERROR');
const { connection, namespace } = await connectWorker();
const activities = { mutate: { change: nothing }, observe: { look: nothing } };
const workers = await createWorkers(config, activities as unknown as ReturnType<typeof createActivities>, {
  connection,
  namespace,
  dataConverter: {},
  encodesFailures: false,
});
process.stderr.write('bare worker ready\n');
await Promise.all(workers.map((worker) => worker.run()));
