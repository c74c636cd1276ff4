import type { Command } from 'commander';
import { requirePackages } from '../../entries/needs.ts';
import { loadWorkerConfig } from '../../worker/config.ts';
import { act } from '../act.ts';

/** `mooring worker`: works until SIGTERM or SIGINT, then finishes what it has begun. */
export function workerCommand(program: Command): void {
  program
    .command('worker')
    .description('do the work: take steps from Temporal and call OVH, until SIGTERM or Ctrl-C')
    .action(
      act(async () => {
        requirePackages('mooring worker', 'worker');
        const config = await loadWorkerConfig(process.env);
        // Temporal's worker is a fifth of all that a command would load, and no other command is one.
        const { installRuntime, startWorker } = await import('../../worker/worker.ts');
        installRuntime(config.logLevel, config.metricsAddress);
        const worker = await startWorker(config);
        const projects = config.projects.map(({ alias }) => alias).join(', ');
        const { taskQueue, owner, deployment } = config;
        const build = deployment ? `, build ${deployment.buildId} of ${deployment.name}` : '';
        process.stderr.write(
          `worker ready: queue ${taskQueue}, owner ${owner}, projects ${projects}${build}, pid ${process.pid}\n`,
        );
        const stop = () => {
          process.stderr.write('worker stops: finishes what it has begun\n');
          void worker.stop();
        };
        process.once('SIGTERM', stop).once('SIGINT', stop);
        await worker.done;
      }),
    );
}
