import { plans, type Plan } from '../catalogue/prices.ts';
import { operation } from '../http/operation.ts';
import { oneOf } from '../http/parameters.ts';

/** Those of the European platform, and two that only the others have. */
const currencies: Record<string, string> = {
  ...Object.fromEntries(
    ['CZ', 'DE', 'ES', 'EU', 'FI', 'FR', 'IE', 'IT', 'LT', 'NL', 'PT'].map((name) => [name, 'EUR']),
  ),
  GB: 'GBP',
  MA: 'MAD',
  PL: 'PLN',
  SN: 'XOF',
  TN: 'TND',
  CA: 'CAD',
  US: 'USD',
};

export const priceListOperations = [
  operation({
    method: 'GET',
    path: '/order/catalog/public/cloud',
    open: true,
    query: { ovhSubsidiary: oneOf('nichandle.OvhSubsidiaryEnum', Object.keys(currencies)) },
    handle: ({ query: { ovhSubsidiary: subsidiary } }) => ({
      catalogId: 4711,
      locale: { currencyCode: currencies[subsidiary] ?? 'EUR', subsidiary, taxRate: 20 },
      plans: [planView({ planCode: 'project.2018', invoiceName: 'Project', unit: 'month', price: 0 })],
      addons: plans.map(planView),
      planFamilies: [],
      products: [],
    }),
  }),
];

function planView({ planCode, invoiceName, unit, price }: Plan) {
  return {
    planCode,
    invoiceName,
    product: planCode.replace(/\..*/, ''),
    pricingType: 'consumption',
    family: null,
    blobs: null,
    addonFamilies: [],
    configurations: [],
    consumptionConfiguration: null,
    pricings: [
      {
        capacities: ['consumption'],
        commitment: 0,
        description: invoiceName,
        engagementConfiguration: null,
        interval: 1,
        intervalUnit: unit,
        mode: 'default',
        mustBeCompleted: false,
        phase: 1,
        price,
        promotions: [],
        quantity: { min: 1, max: null },
        repeat: { min: 1, max: null },
        strategy: 'tiered',
        tax: 0,
        type: 'consumption',
      },
    ],
  };
}
