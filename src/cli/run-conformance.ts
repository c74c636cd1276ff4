import { randomBytes } from 'node:crypto';
import { open, writeFile } from 'node:fs/promises';
import {
  askAll,
  chooseSite,
  cleanUp,
  MARK,
  planOf,
  probes,
  settingsOf,
  UnfitSite,
  type CleaningOptions,
  type Finding,
  type FoundSettings,
  type Leftover,
  type RunPlan,
  type Probe,
  type ProbeName,
  type Site,
} from '../conformance/index.ts';
import { codeOf } from '../contract/unknown.ts';
import { isInteractive, mustAgree } from './ask.ts';
import { CliError, UsageError } from './cli-error.ts';
import { formatOf, type OutputOptions } from './command-options.ts';
import { interrupted } from './interrupted.ts';
import { openProject, type OpenProject } from './ovh-project.ts';
import { printResult } from './output.ts';
import { harmless, oneLine } from '../contract/one-line.ts';
import { errorSentence } from './report-error.ts';
import { withSignOfLife } from './sign-of-life.ts';
import { textTable } from './text-table.ts';

export interface ConformanceOptions extends OutputOptions {
  project?: string;
  region?: string;
  flavor?: string;
  only?: readonly ProbeName[];
  out?: string;
  settle: number;
  timeout: number;
  cleanUp?: boolean;
  yes?: boolean;
}

const POLL_MS = 500;

/** Asks OVH what was chosen, prints what it has found out, and deletes what it has made, however it ends. */
export async function runConformance(options: ConformanceOptions): Promise<void> {
  const opened = await openProject(options.project);
  if (options.cleanUp) return onlyCleanUp(opened, options);
  if (options.out !== undefined) await mustBeWritable(options.out);
  const stop = new AbortController();
  const stopped = interrupted().then(() => stop.abort());
  const site = await withSignOfLife('looking for a place', options, () =>
    Promise.race([siteOf(opened, options, stop.signal), stopped]),
  );
  if (!site) throw new CliError(10, 'interrupted; nothing was made');

  const { only } = options;
  const chosen = only ? probes.filter(({ name }) => only.includes(name)) : probes;
  const { subsidiary } = opened.config;
  const prices = await opened.ovh.prices(subsidiary).catch(() => undefined);
  const plan = planOf(site, chosen, prices);
  await askFirst(plan, site, options);
  const findings: Finding[] = [];
  try {
    for await (const finding of askAloud(site, chosen, options)) findings.push(finding);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    // Whatever happened: with its own patience, and not to be interrupted by the first Ctrl-C.
    await leaveNothing({ project: site.project, region: site.region, mark: site.mark }, options);
  }
  const settings = settingsOf(findings);
  // Before all else: what stands here has cost money.
  await printResult(formatOf(options), {
    value: { region: site.region, findings, settings },
    table: [
      textTable(findings.map(({ probe, says, settings }) => [probe, settings ? inWords(settings) : says])),
      ...(options.out === undefined ? [] : ['', `mooring simulator --settings ${options.out}`]),
    ].join('\n'),
    names: findings.filter(({ found }) => found).map(({ probe }) => probe),
    lines: findings,
  });
  if (options.out !== undefined)
    await writeFile(options.out, `${JSON.stringify(settings, null, 2)}\n`).catch(cannotWrite(options.out));
  if (stop.signal.aborted)
    throw new CliError(10, 'interrupted; what was made is deleted, and the findings so far are printed');
}

/** Found out before anything is made or asked for. @throws UsageError */
async function mustBeWritable(file: string): Promise<void> {
  const handle = await open(file, 'a').catch(cannotWrite(file));
  await handle.close();
}

const cannotWrite = (file: string) => (error: unknown) => {
  throw new UsageError(`--out: cannot write ${file} (${codeOf(error)})`, { cause: error });
};

async function siteOf(
  { config }: OpenProject,
  { region, flavor, timeout }: ConformanceOptions,
  signal: AbortSignal,
): Promise<Site> {
  const { endpoint, credentials, projectId } = config;
  const mark = `${MARK}${randomBytes(4).toString('hex')}-`;
  const where = { endpoint, credentials, projectId, region, flavor };
  try {
    return await chooseSite({ ...where, mark, pollMs: POLL_MS, patienceMs: timeout, signal });
  } catch (error) {
    if (error instanceof UnfitSite) throw new CliError(3, error.message, { cause: error });
    throw error;
  }
}

async function askFirst(
  { makes, cost }: RunPlan,
  { projectId, region, mark }: Site,
  options: ConformanceOptions,
) {
  const price = cost
    ? `${cost.amount.toFixed(2)} ${cost.currency}, for one hour of each`
    : 'unknown: the price list does not have them all';
  const lines = [
    `In project ${projectId}, region ${region}, this makes at most`,
    ...(makes.length > 0 ? makes : ['nothing']).map((what) => `  ${what}`),
    `all named ${mark}…, and deletes them at the end, also after Ctrl-C.`,
    `It costs at most: ${price}.`,
  ];
  if (!options.quiet) process.stderr.write(`${lines.map(harmless).join('\n')}\n`);
  if (options.yes) return;
  if (!isInteractive())
    throw new UsageError('conformance asks before it makes anything; without a terminal say --yes');
  await mustAgree('Go on?');
}

/** Says each answer as it comes, and which question is open. */
async function* askAloud(site: Site, chosen: readonly Probe[], options: ConformanceOptions) {
  const findings = askAll(site, chosen);
  for (const { name } of chosen) {
    const next = await withSignOfLife(name, options, () => findings.next());
    if (next.done) return;
    const { found, probe, says } = next.value;
    if (!options.quiet) process.stderr.write(`${oneLine(`${found ? '✓' : '?'} ${probe}: ${says}`)}\n`);
    yield next.value;
  }
}

type Where = Pick<CleaningOptions, 'project' | 'region' | 'mark'>;

async function leaveNothing(where: Where, options: ConformanceOptions): Promise<Leftover[]> {
  const { settle: settleMs, timeout: patienceMs } = options;
  const again = '"mooring conformance --clean-up" goes on deleting';
  const clean = async () => cleanUp({ ...where, settleMs, patienceMs, pollMs: POLL_MS });
  const { deleted, left } = await withSignOfLife('deleting what was made', options, clean).catch(
    (error: unknown) => {
      throw new CliError(5, `${errorSentence(error)}; what is named ${where.mark}… may be left: ${again}`);
    },
  );
  if (left.length === 0) return deleted;
  const things = left.map(({ kind, id, name }) => `${kind} ${name} (${id})`).join(', ');
  throw new CliError(5, `still there: ${things}; ${again}`);
}

async function onlyCleanUp({ project }: OpenProject, options: ConformanceOptions): Promise<void> {
  const { region } = options;
  const deleted = await leaveNothing({ project, region, mark: MARK }, options);
  await printResult(formatOf(options), {
    value: { deleted },
    table:
      deleted.length > 0
        ? textTable(deleted.map(({ kind, name, id }) => [`deleted ${kind}`, name, id]))
        : `nothing is named ${MARK}…`,
    names: deleted.map(({ id }) => id),
    lines: deleted,
  });
}

/** `bootMs=42000 attachAgain=409`. */
function inWords({ switches, ...numbers }: FoundSettings): string {
  return Object.entries({ ...numbers, ...switches })
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}
