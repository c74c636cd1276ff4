import type { Command } from 'commander';
import { fieldsOf } from '../contract/unknown.ts';
import { act } from './act.ts';
import { formatOf, withOutputOptions, type OutputOptions } from './command-options.ts';
import { openProject, type OpenProject } from './ovh-project.ts';
import { printResult } from './output.ts';
import { textTable } from './text-table.ts';
import { withSignOfLife } from './sign-of-life.ts';

/** What every list of OVH's things can be narrowed by. */
export interface ListingOptions {
  project?: string;
  region?: string;
  name?: string;
}

/** A command that shows what OVH has, one line each. */
interface Listing<Row extends object, Options extends ListingOptions> {
  /** Plural, and the command's own name. */
  name: string;
  description: string;
  /** Options of its own. */
  options?: (command: Command) => Command;
  /** Asks OVH; `--region` and `--name` are applied afterwards to what has such a field. */
  look(open: OpenProject, options: Options): Promise<Row[]>;
  /** Heading → cell. */
  columns: Record<string, (row: Row) => string | number>;
  /** What other commands and specs take. */
  nameOf: (row: Row) => string;
  /** What stays together, before regions and names count. */
  groupOf?: (row: Row) => string;
}

export function addListing<Row extends object, Options extends ListingOptions = ListingOptions>(
  program: Command,
  {
    name,
    description,
    options = (command) => command,
    look,
    columns,
    nameOf,
    groupOf = () => '',
  }: Listing<Row, Options>,
): void {
  const command = program
    .command(name)
    .description(description)
    .option('--project <alias>', 'OVH project, by its alias in the configuration')
    .option('--region <region>', 'only this region')
    .option('--name <glob>', 'only these names; * stands for anything');
  withOutputOptions(options(command)).action(
    act(async (given: Options & OutputOptions) => {
      const open = await openProject(given.project);
      const all = await withSignOfLife(`asking OVH for ${name}`, given, () => look(open, given));
      const rows = all
        .filter((row) => fits(row, given))
        .sort(byKey((row) => `${groupOf(row)} ${regionOf(row)} ${nameOf(row)}`));
      if (rows.length === 0 && !given.quiet) process.stderr.write(`no ${name} fit\n`);
      const cells = rows.map((row) => Object.values(columns).map((cell) => String(cell(row))));
      await printResult(formatOf(given), {
        value: { [name]: rows },
        table: rows.length === 0 ? '' : textTable([Object.keys(columns), ...cells]),
        names: [...new Set(rows.map(nameOf))],
        lines: rows,
      });
    }),
  );
}

function fits(row: object, { region, name }: ListingOptions): boolean {
  const [at, called] = [textIn(row, 'region'), textIn(row, 'name')];
  const isHere = region === undefined || !('region' in row) || at === region;
  return isHere && (name === undefined || called === undefined || globToRegExp(name).test(called));
}

function globToRegExp(glob: string): RegExp {
  const literal = glob.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${literal.replaceAll('*', '.*')}$`, 'i');
}

const regionOf = (row: object) => textIn(row, 'region') ?? '';

function textIn(row: object, field: string): string | undefined {
  const value = fieldsOf(row)[field];
  return typeof value === 'string' ? value : undefined;
}

/** In the order of the keys, numbers as people count. */
function byKey<Row extends object>(keyOf: (row: Row) => string) {
  return (a: Row, b: Row) => keyOf(a).localeCompare(keyOf(b), 'en', { numeric: true });
}
