import type { Command } from 'commander';
import type { Mooring } from '../../client/index.ts';
import type { Found, ReapInput, ReapResult } from '../../contract/index.ts';
import { act } from '../act.ts';
import { callersTrace } from '../callers-trace.ts';
import { isInteractive, mustAgree } from '../ask.ts';
import { UsageError } from '../cli-error.ts';
import { formatOf, withOutputOptions, type OutputOptions } from '../command-options.ts';
import { withMooring } from '../connect.ts';
import { durationOption, parseDuration } from '../duration.ts';
import { printResult, type Result } from '../output.ts';
import { withSignOfLife } from '../sign-of-life.ts';
import { textTable } from '../text-table.ts';

interface ReapOptions extends OutputOptions, Pick<ReapInput, 'project' | 'apply' | 'olderThan'> {
  yes?: boolean;
  schedule?: number;
  unschedule?: boolean;
  timeout: number;
}

/** `mooring reap`: what carries our mark and nobody wants, such as what OVH made after everybody had stopped looking. */
export default function reapCommand(program: Command): void {
  const command = program
    .command('reap')
    .description('finds what carries our mark and nobody wants; deletes it only with --apply')
    .option('--project <alias>', 'OVH project, by the alias that workers know (default "main")')
    .option('--apply', 'delete what is left over')
    .option('--older-than <duration>', 'leave alone what is younger', '10m')
    .option('-y, --yes', 'do not ask')
    .option('--schedule <interval>', 'have Temporal do it again and again, such as 1h', parseDuration)
    .option('--unschedule', 'end that schedule')
    .addOption(durationOption('--timeout <duration>', 'stop waiting after', '10m'));
  withOutputOptions(command).action(
    act(async (options: ReapOptions) => {
      const { schedule, unschedule: ends = false } = options;
      if (!ends) await mayDelete(options);
      await withMooring(async (mooring) => {
        if (ends) return unschedule(mooring, options);
        return schedule === undefined ? reap(mooring, options) : scheduled(mooring, options, schedule);
      });
    }),
  );
}

async function reap(mooring: Mooring, options: ReapOptions): Promise<void> {
  await mooring.requireWorker();
  const look = async (apply: boolean): Promise<ReapResult> => {
    const { project, olderThan } = options;
    const run = await mooring.start('reap', { project, olderThan, apply }, callersTrace());
    const { timeout: timeoutMs } = options;
    return withSignOfLife(apply ? 'deleting' : 'looking', options, () => run.result({ timeoutMs }));
  };
  const found = await look(false);
  if (!options.apply || found.leftOver.length === 0)
    return printResult(formatOf(options), resultOf(found, false));
  if (!options.yes) await askFirst(found.leftOver);
  // It looks again before it deletes, so this may name less than was agreed to, never more of it.
  await printResult(formatOf(options), resultOf(await look(true), true));
}

/** Whether anything is left over or not: a script that must say --yes learns it at once. */
async function mayDelete({ apply, yes, schedule }: ReapOptions): Promise<void> {
  if (!apply || yes) return;
  if (!isInteractive()) throw new UsageError('reap asks before it deletes; without a terminal say --yes');
  // A schedule has nobody to ask later on.
  if (schedule !== undefined) await mustAgree('Have all that is left over deleted each time, unasked?');
}

async function askFirst(leftOver: Found[]): Promise<void> {
  process.stderr.write(`${textTable(leftOver.map((thing) => rowOf('left over', thing)))}\n`);
  await mustAgree(`Delete ${leftOver.length === 1 ? 'it' : `all ${leftOver.length}`}?`);
}

async function scheduled(mooring: Mooring, options: ReapOptions, everyMs: number): Promise<void> {
  const { project, apply, olderThan } = options;
  const scheduleId = await mooring.scheduleReap({ project, apply, olderThan }, everyMs);
  const does = apply
    ? 'deletes what is left over'
    : 'only says what is left over, in the results of its runs';
  await printResult(formatOf(options), {
    value: { scheduleId, everyMs, apply: apply ?? false },
    table: `schedule ${scheduleId} ${does}; "mooring reap --unschedule" ends it`,
    names: [scheduleId],
  });
}

async function unschedule(mooring: Mooring, options: ReapOptions): Promise<void> {
  const { project } = options;
  const ended = await mooring.unscheduleReap({ project });
  await printResult(formatOf(options), {
    value: { ended },
    table: ended ? 'the schedule has ended' : 'there was no schedule',
    names: [],
  });
}

function resultOf(found: ReapResult, applied: boolean): Result {
  const deleted = new Set(found.deleted.map(({ id }) => id));
  const told = SORTED.flatMap((state) =>
    found[state].map((thing) => ({ ...thing, state: deleted.has(thing.id) ? ('deleted' as const) : state })),
  );
  const rows = told.map(({ state, ...thing }) => rowOf(STATES[state], thing));
  const next =
    found.leftOver.length > 0 && !applied
      ? ['', 'nothing was touched; "mooring reap --apply" deletes what is left over']
      : [];
  const head = ['STATE', 'KIND', 'NAME', 'ID', 'A MONTH', 'BECAUSE'];
  return {
    value: { ...found, applied },
    table: rows.length === 0 ? 'nothing carries our mark' : [textTable([head, ...rows]), ...next].join('\n'),
    names: found.leftOver.map(({ id }) => id),
    lines: told,
  };
}

/** What somebody has to look at comes first. */
const SORTED = ['leftOver', 'unknown', 'inProgress', 'wanted'] as const;

/** As people read them. */
const STATES = {
  deleted: 'deleted',
  leftOver: 'left over',
  unknown: 'unknown',
  inProgress: 'in progress',
  wanted: 'wanted',
} as const;

function rowOf(state: string, { kind, name, id, price, reason }: Found): string[] {
  return [state, kind, name, id, price ? `${price.month.toFixed(2)} ${price.currency}` : '-', reason];
}
