import type { Command } from 'commander';
import { VOLUME_TYPES } from '../../contract/index.ts';
import { addListing, type ListingOptions } from '../listing.ts';

interface PriceOptions extends ListingOptions {
  subsidiary?: string;
}

interface Row {
  name: string;
  kind: 'flavor' | 'volume' | 'snapshot';
  /** What the price is for. */
  per: 'instance' | 'GiB';
  currency: string;
  hour: number;
  /** 730 hours. */
  month: number;
  /** What OVH asks for a month that is bought as one. */
  monthly: number | null;
}

const HOURS = 730;

/** `mooring prices`: OVH's public price list, taxes apart. */
export default function pricesCommand(program: Command): void {
  addListing<Row, PriceOptions>(program, {
    name: 'prices',
    description: 'what OVH charges for flavors, and for a GiB of a volume; taxes apart',
    options: (command) => command.option('--subsidiary <code>', 'whose price list, such as FR, CA or US'),
    look: async ({ project, ovh, config }, { region, subsidiary = config.subsidiary }) => {
      const [prices, flavors, place] = await Promise.all([
        ovh.prices(subsidiary),
        project.flavors.list(region),
        region === undefined ? undefined : project.regions.get(region),
      ]);
      const row = (
        thing: Pick<Row, 'name' | 'kind' | 'per'>,
        hour: number | null,
        monthly: number | null = null,
      ): Row[] =>
        hour === null ? [] : [{ ...thing, currency: prices.currency, hour, month: hour * HOURS, monthly }];
      const byName = new Map(flavors.map((flavor) => [flavor.name, flavor]));
      return [
        ...[...byName.values()].flatMap(({ name, planCodes }) =>
          row(
            { name, kind: 'flavor', per: 'instance' },
            prices.hour(planCodes.hourly),
            prices.month(planCodes.monthly),
          ),
        ),
        ...VOLUME_TYPES.flatMap((name) =>
          row({ name, kind: 'volume', per: 'GiB' }, prices.volumeHour(name, place)),
        ),
        ...row({ name: 'volume snapshot', kind: 'snapshot', per: 'GiB' }, prices.volumeSnapshotHour()),
      ];
    },
    columns: {
      NAME: ({ name }) => name,
      KIND: ({ kind }) => kind,
      PER: ({ per }) => per,
      HOUR: ({ hour, currency }) => `${hour.toFixed(6)} ${currency}`,
      '730 HOURS': ({ month, currency }) => `${month.toFixed(2)} ${currency}`,
      'BOUGHT MONTH': ({ monthly, currency }) =>
        monthly === null ? '-' : `${monthly.toFixed(2)} ${currency}`,
    },
    nameOf: ({ name }) => name,
    groupOf: ({ kind }) => kind,
  });
}
