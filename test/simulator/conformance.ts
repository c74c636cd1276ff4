import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';

interface Property {
  type: string;
  null?: boolean;
  required?: boolean;
}

interface Model {
  properties?: Record<string, Property>;
  enum?: string[];
}

export interface ContractOperation {
  method: string;
  path: string;
  returns: string;
  auth: boolean;
  params: { name: string | null; in: 'path' | 'query' | 'body'; type: string; required: boolean }[];
}

/** OVH's official schema, names and types. */
export const contract = JSON.parse(readFileSync(new URL('contract.json', import.meta.url), 'utf8')) as {
  operations: ContractOperation[];
  models: Record<string, Model>;
};

const scalars: Record<string, (value: unknown) => boolean> = {
  string: isString,
  text: isString,
  password: isString,
  boolean: (value) => typeof value === 'boolean',
  long: (value) => Number.isSafeInteger(value),
  double: (value) => typeof value === 'number',
  datetime: (value) => isString(value) && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/.test(value),
  ip: (value) => isString(value) && isIP(value) > 0,
  ipv4: (value) => isString(value) && isIP(value) === 4,
  ipBlock: (value) => isString(value) && isIP(value.split('/')[0] ?? '') > 0,
  uuid: (value) => isString(value) && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(value),
};

/** What is wrong with a value of a contract's type: one sentence each, none when it conforms. */
export function violations(value: unknown, type: string, at = 'answer'): string[] {
  if (type === 'void') return value === null || value === undefined ? [] : [`${at} is not void`];
  if (type.endsWith('[]')) {
    if (!Array.isArray(value)) return [`${at} is not a list`];
    return value.flatMap((each, index) => violations(each, type.slice(0, -2), `${at}[${index}]`));
  }
  const scalar = scalars[type];
  if (scalar) return scalar(value) ? [] : [`${at} is not ${type}: ${JSON.stringify(value)}`];
  const model = contract.models[type];
  if (!model) return [`${at} has the type ${type}, which the contract does not know`];
  if (model.enum)
    return model.enum.includes(value as string) ? [] : [`${at} is not ${type}: ${JSON.stringify(value)}`];
  return objectViolations(value, type, model.properties ?? {}, at);
}

function objectViolations(
  value: unknown,
  type: string,
  properties: Record<string, Property>,
  at: string,
): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at} is not ${type}`];
  const strange = Object.keys(value).filter((key) => !Object.hasOwn(properties, key));
  const wrong = Object.entries(properties).flatMap(([key, property]) => {
    const field: unknown = (value as Record<string, unknown>)[key];
    if (field === undefined) return [`${at}.${key} is missing`];
    if (field === null && property.null) return [];
    return violations(field, property.type, `${at}.${key}`);
  });
  return [...strange.map((key) => `${at}.${key} is not in ${type}`), ...wrong];
}

/** What is wrong with a refusal: it is in one of OVH's two shapes. */
export function errorViolations(status: number, body: any): string[] {
  if (!isString(body?.message)) return [`an answer of ${status} has no message`];
  if (isString(body.errorCode)) {
    const keys = Object.keys(body).toSorted().join();
    const fits = keys === 'errorCode,httpCode,message' && String(body.httpCode).startsWith(`${status} `);
    return fits ? [] : [`not the gateway's shape: ${JSON.stringify(body)}`];
  }
  const side = status < 500 ? 'Client' : 'Server';
  const keys = Object.keys(body).toSorted().join();
  const fits =
    ['class,message', 'class,details,message'].includes(keys) && String(body.class).startsWith(`${side}::`);
  return fits ? [] : [`not a service's shape: ${JSON.stringify(body)}`];
}

/** The operation of the contract that a call is for. */
export function operationFor(method: string, path: string): ContractOperation | undefined {
  const plain = (path.split('?')[0] ?? '').replace(/\/+$/, '');
  const fits = ({ method: own, path: template }: ContractOperation) =>
    own === method && new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(plain);
  // "/network/private" is a place, "/network/{id}" a guess: the template with the fewest holes is meant.
  return contract.operations
    .filter(fits)
    .toSorted((one, other) => one.path.split('{').length - other.path.split('{').length)[0];
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

/** What is wrong with a request: it has no parameter that the contract lacks, and none is missing or of another type. */
export function requestViolations(
  operation: ContractOperation,
  query: URLSearchParams,
  body: unknown,
): string[] {
  const inQuery = operation.params.filter((each) => each.in === 'query');
  const strange = [...query.keys()].filter((key) => !inQuery.some(({ name }) => name === key));
  const missing = inQuery.filter(({ name, required }) => required && !query.has(name ?? ''));
  const whole = operation.params.find((each) => each.in === 'body' && each.name === null);
  const inBody = operation.params.filter((each) => each.in === 'body' && each.name !== null);
  const named = Object.fromEntries(inBody.map(({ name, type, required }) => [name, { type, required }]));
  return [
    ...strange.map((key) => `query ${key} is not described`),
    ...missing.map(({ name }) => `query ${name} is missing`),
    ...(whole
      ? sentViolations(body ?? {}, whole.type, 'body')
      : sentObjectViolations(body ?? {}, named, 'body')),
  ];
}

function sentViolations(value: unknown, type: string, at: string): string[] {
  if (type.endsWith('[]')) {
    if (!Array.isArray(value)) return [`${at} is not a list`];
    return value.flatMap((each, index) => sentViolations(each, type.slice(0, -2), `${at}[${index}]`));
  }
  const properties = contract.models[type]?.properties;
  if (!properties) return violations(value, type, at);
  if (typeof value !== 'object' || value === null) return [`${at} is not ${type}`];
  return sentObjectViolations(value, properties, at);
}

/** Unlike in an answer, what is not required may be left out. */
function sentObjectViolations(value: object, properties: Record<string, Property>, at: string): string[] {
  const strange = Object.keys(value).filter((key) => !Object.hasOwn(properties, key));
  const wrong = Object.entries(properties).flatMap(([key, { type, required, null: mayBeNull }]) => {
    const field: unknown = (value as Record<string, unknown>)[key];
    if (field === undefined) return required ? [`${at}.${key} is missing`] : [];
    return field === null && mayBeNull ? [] : sentViolations(field, type, `${at}.${key}`);
  });
  return [...strange.map((key) => `${at}.${key} is not described`), ...wrong];
}
