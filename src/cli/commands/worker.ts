import type { Command } from 'commander';
import { requirePackages } from '../../entries/needs.ts';
import { freePorts } from '../../temporal/free-ports.ts';
import type { WorkerConfig } from '../../worker/config.ts';
import type { Ready } from '../../worker/readiness.ts';
import { strangersIn } from '../../worker/configuration/variables.ts';
import { listed } from '../../contract/listed.ts';
import { act } from '../act.ts';

/** `mooring worker`: works until SIGTERM or SIGINT, then finishes what it has begun. */
export default function workerCommand(program: Command): void {
  program
    .command('worker')
    .description('do the work: take steps from Temporal and call OVH, until SIGTERM or Ctrl-C')
    .action(
      act(async () => {
        requirePackages('mooring worker', 'worker');
        const { loadWorkerConfig } = await import('../../worker/config.ts');
        const config = await loadWorkerConfig(process.env);
        const { installRuntime, startWorker } = await import('../../worker/worker.ts');
        const status = await watched(config);
        const { createLogger } = await import('../../worker/logger.ts');
        const logger = createLogger(config.logLevel);
        installRuntime({ metricsAddress: status?.metricsAddress, logger });
        const strangers = strangersIn(process.env);
        if (strangers.length > 0) logger.warn(`nothing reads ${strangers.join(', ')}`);
        // Who starts a worker has nobody waiting: a Temporal that is slow to answer, or still starts itself, has its time.
        const worker = await startWorker(config, { connectTimeoutMs: 30_000 });
        status?.tell(worker.ready);
        const projects = listed(
          config.projects.map(({ alias }) => alias),
          ', ',
        );
        const { taskQueue, owner, deployment } = config;
        const build = deployment ? `, build ${deployment.buildId} of ${deployment.name}` : '';
        process.stderr.write(
          `worker ready: queue ${taskQueue}, owner ${owner}, projects ${projects}${build}, pid ${process.pid}\n`,
        );
        logger.info(`works for ${owner}: ${projects}${build}`, { taskQueue });
        const stop = () => {
          logger.info('stops: finishes what it has begun', { taskQueue });
          process.stderr.write('worker stops: finishes what it has begun\n');
          // What goes wrong meanwhile rejects `done` as well, and is told there.
          worker.stop().catch(() => undefined);
        };
        process.once('SIGTERM', stop).once('SIGINT', stop);
        await worker.done;
      }),
    );
}

/** Before the worker is there, so that a start that takes long is told from a process that hangs. */
async function watched({ metricsAddress }: WorkerConfig) {
  if (!metricsAddress) return undefined;
  const { serveStatus } = await import('../../worker/status-server.ts');
  const [port] = await freePorts([{ port: 0, option: '' }]);
  const own = `127.0.0.1:${port}`;
  let ready = async (): Promise<Ready> => ({ ready: false, temporal: 'the worker starts', ovh: {} });
  await serveStatus(metricsAddress, { metricsUrl: `http://${own}/metrics`, ready: () => ready() });
  return { metricsAddress: own, tell: (now: typeof ready) => (ready = now) };
}
