/** A customer of OVH, as `/me` shows it. */
export interface Account {
  nichandle: string;
  customerCode: string;
  email: string;
  spareEmail: string | null;
  firstname: string;
  name: string;
  organisation: string | null;
  legalform: string;
  country: string;
  language: string;
  ovhCompany: string;
  ovhSubsidiary: string;
  currency: { code: string; symbol: string };
  state: string;
  [field: string]: unknown;
}

/** What a customer may leave empty. */
const unsaid = [
  'address',
  'area',
  'birthCity',
  'birthDay',
  'city',
  'companyNationalIdentificationNumber',
  'complementaryAddress',
  'corporationType',
  'fax',
  'italianSDI',
  'nationalIdentificationNumber',
  'phone',
  'phoneCountry',
  'phoneType',
  'purposeOfPurchase',
  'sex',
  'vat',
  'zip',
];

/** What OVH decides, whatever a customer asks for. */
export const decidedByOvh = [
  'currency',
  'customerCode',
  'kycValidated',
  'nichandle',
  'ovhCompany',
  'ovhSubsidiary',
  'state',
];

export function newAccount(nichandle: string): Account {
  return {
    ...Object.fromEntries(unsaid.map((field) => [field, null])),
    nichandle,
    customerCode: nichandle.replace(/-ovh$/, ''),
    email: `${nichandle}@example.org`,
    spareEmail: null,
    firstname: 'Simone',
    name: 'Simulated',
    organisation: null,
    legalform: 'individual',
    country: 'FR',
    language: 'en_GB',
    ovhCompany: 'ovh',
    ovhSubsidiary: 'FR',
    currency: { code: 'EUR', symbol: '€' },
    state: 'complete',
    kycValidated: true,
  };
}
