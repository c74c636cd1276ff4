import { badRequest } from '../http/api-error.ts';
import { operation } from '../http/operation.ts';
import { boolean, object, oneOf, optional, string } from '../http/parameters.ts';
import { decidedByOvh } from '../world/accounts.ts';

const regionNames = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

const country = optional({
  ...string,
  type: 'nichandle.CountryEnum',
  accepts: (value) =>
    typeof value === 'string' && /^(?!ZZ)[A-Z]{2}$/.test(value) && regionNames.of(value) !== undefined,
});

const language = oneOf('nichandle.LanguageEnum', [
  ...(['cs_CZ', 'de_DE', 'en_AU', 'en_CA', 'en_GB', 'en_IE', 'en_US', 'es_ES', 'fi_FI', 'fr_CA'] as const),
  ...(['fr_FR', 'fr_MA', 'fr_SN', 'fr_TN', 'it_IT', 'lt_LT', 'nl_NL', 'pl_PL', 'pt_PT'] as const),
]);

/** Read and never taken over: OVH decides it. */
const decided = (type: string) => optional({ ...string, type });

const nichandle = {
  address: optional(string),
  area: optional(string),
  birthCity: optional(string),
  birthDay: optional(string),
  city: optional(string),
  companyNationalIdentificationNumber: optional(string),
  complementaryAddress: optional(string),
  corporationType: optional(string),
  country,
  currency: optional(object('nichandle.Currency', { code: string, symbol: string })),
  customerCode: optional(string),
  email: optional(string),
  fax: optional(string),
  firstname: optional(string),
  italianSDI: optional(string),
  kycValidated: optional(boolean),
  language: optional(language),
  legalform: optional(
    oneOf('nichandle.LegalFormEnum', [
      'administration',
      'association',
      'corporation',
      'individual',
      'other',
      'personalcorporation',
    ]),
  ),
  name: optional(string),
  nationalIdentificationNumber: optional(string),
  nichandle: optional(string),
  organisation: optional(string),
  ovhCompany: decided('nichandle.OvhCompanyEnum'),
  ovhSubsidiary: decided('nichandle.OvhSubsidiaryEnum'),
  phone: optional(string),
  phoneCountry: country,
  phoneType: optional(oneOf('nichandle.PhoneTypeEnum', ['landline', 'mobile'])),
  purposeOfPurchase: optional(string),
  sex: optional(oneOf('nichandle.GenderEnum', ['female', 'male'])),
  spareEmail: optional(string),
  state: optional(oneOf('nichandle.StateEnum', ['complete', 'incomplete'])),
  vat: optional(string),
  zip: optional(string),
};

/** Whom OVH must be able to write to, and on what paper. */
const needed = ['country', 'email', 'legalform'];

export const meOperations = [
  operation({
    method: 'GET',
    path: '/me',
    iam: 'account:apiovh:me/get',
    handle: ({ world, caller }) => world.accounts.get(caller?.account ?? ''),
  }),

  operation({
    method: 'PUT',
    path: '/me',
    iam: 'account:apiovh:me/edit',
    body: nichandle,
    handle({ world, caller, body }) {
      const given = Object.entries(body).filter(
        ([field, value]) => value !== undefined && !decidedByOvh.includes(field),
      );
      const missing = given.find(([field, value]) => needed.includes(field) && !value);
      if (missing) throw badRequest(`Invalid value(s) received: ${missing[0]}`);
      Object.assign(world.accounts.get(caller?.account ?? '') ?? {}, Object.fromEntries(given));
    },
  }),
];
