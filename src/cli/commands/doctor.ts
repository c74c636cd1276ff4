import type { Command } from 'commander';
import { loadProjects, type ProjectConfig } from '../../worker/configuration/projects.ts';
import { act } from '../act.ts';
import { formatOf, withOutputOptions, type OutputOptions } from '../command-options.ts';
import { look, type Finding } from '../doctor/finding.ts';
import { lookAtGuests } from '../doctor/look-at-guests.ts';
import { lookAtOvh } from '../doctor/look-at-ovh.ts';
import { lookAtSecrets } from '../doctor/look-at-secrets.ts';
import { lookAtTemporal } from '../doctor/look-at-temporal.ts';
import { printResult } from '../output.ts';
import { withSignOfLife } from '../sign-of-life.ts';
import { textTable } from '../text-table.ts';
import { MOORING_VERSION } from '../../worker/version.ts';

const signs = { ok: '✓', warning: '!', failed: '✗' };

/** `mooring doctor`: whether everything that a provisioning needs is there; a line each, and what to do. */
export function doctorCommand(program: Command): void {
  const command = program
    .command('doctor')
    .description('looks at OVH, Temporal, workers, rights and clocks, and says what to do');
  withOutputOptions(command).action(
    act(async (options: OutputOptions) => {
      const findings = await withSignOfLife('looking', options, examine);
      // The first that failed is the one to mend first.
      process.exitCode = findings.find(({ state }) => state === 'failed')?.exitCode ?? 0;
      printResult(formatOf(options), {
        value: { findings },
        table: textTable(
          findings.map(({ state, check, says, todo }) => [
            `${signs[state]} ${check}`,
            todo === null ? says : `${says}; ${todo}`,
          ]),
        ),
        names: findings.filter(({ state }) => state === 'failed').map(({ check }) => check),
        lines: findings,
      });
    }),
  );
}

async function examine(): Promise<Finding[]> {
  let projects: ProjectConfig[] = [];
  const configuration = look('configuration', 'see the guide on workers', async () => {
    projects = await loadProjects(process.env);
    return { state: 'ok', says: projects.map(({ alias, origin }) => `${alias} by ${origin}`).join('; ') };
  });
  const [configured, secrets, guests, temporal] = await Promise.all([
    configuration,
    lookAtSecrets(process.env),
    lookAtGuests(process.env),
    lookAtTemporal(process.env['MOORING_TASK_QUEUE'] ?? 'mooring'),
  ]);
  const ovh = projects.length === 0 ? [] : await Promise.all(lookAtOvh(projects));
  const versions = await look('versions', '', async () => ({
    state: 'ok',
    says: `Mooring ${MOORING_VERSION}, Node ${process.versions.node}`,
  }));
  return [configured, secrets, guests, ...ovh, ...temporal, versions];
}
