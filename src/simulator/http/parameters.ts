import { isIP } from 'node:net';

import type { Switches } from '../switches.ts';
import { badRequest } from './api-error.ts';

/** What OVH's schema says of one parameter. */
export interface Parameter<Value> {
  /** The type as OVH's schema spells it. */
  type: string;
  required: boolean;
  /** What it is when it is left out, though the contract asks for it. */
  assumed?: Value;
  accepts(value: unknown): boolean;
  /** Never there: it carries the type of the value. */
  readonly value?: Value;
}

// eslint-disable-next-line typescript/no-explicit-any -- a parameter of anything
export type Shape = Record<string, Parameter<any>>;

/** The values that fit a shape; what is optional may be missing or null. */
export type Values<S extends Shape> = {
  [Name in keyof S]: S[Name] extends Parameter<infer Value> ? Value : never;
};

function type<Value>(name: string, accepts: (value: unknown) => boolean): Parameter<Value> {
  return { type: name, required: true, accepts };
}

export const string = type<string>('string', (value) => typeof value === 'string');
export const text = type<string>('text', (value) => typeof value === 'string');
export const boolean = type<boolean>('boolean', (value) => typeof value === 'boolean');
export const long = type<number>('long', (value) => Number.isSafeInteger(value));
/** As queries spell it. */
export const flag = type<'true' | 'false'>('boolean', (value) => value === 'true' || value === 'false');
export const digits = type<string>('long', (value) => typeof value === 'string' && /^\d{1,9}$/.test(value));
export const uuid = type<string>(
  'uuid',
  (value) => typeof value === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value),
);
export const ip = type<string>('ip', (value) => typeof value === 'string' && isIP(value) > 0);
export const ipBlock = type<string>('ipBlock', (value) => typeof value === 'string' && isIpBlock(value));
export const ipv4 = type<string>('ipv4', (value) => typeof value === 'string' && isIP(value) === 4);
export const ipv4Block = type<string>(
  'ipv4Block',
  (value) => typeof value === 'string' && isIpBlock(value) && isIP(value.split('/')[0] ?? '') === 4,
);
export const datetime = type<string>(
  'datetime',
  (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value) && !Number.isNaN(Date.parse(value)),
);

export function oneOf<const Member extends string>(
  name: string,
  members: readonly Member[],
): Parameter<Member> {
  return type(name, (value) => members.some((member) => member === value));
}

export function object<S extends Shape>(name: string, shape: S): Parameter<Values<S>> {
  return type(
    name,
    (value) => isObject(value) && strangeNames(shape, value).length === 0 && !firstMisfit(shape, value),
  );
}

export function list<Value>(item: Parameter<Value>): Parameter<Value[]> {
  return type(`${item.type}[]`, (value) => Array.isArray(value) && value.every((each) => item.accepts(each)));
}

/** May be missing, and may be null. */
export function optional<Value>({ type, accepts }: Parameter<Value>): Parameter<Value | null | undefined> {
  return {
    type,
    required: false,
    accepts: (value) => value === null || value === undefined || accepts(value),
  };
}

/** The contract asks for it, but clients in Go leave `false` out. */
export const falseUnlessSaid: Parameter<boolean> = { ...boolean, assumed: false };

/**
 * What of it is described; throws the 400 that OVH answers to parameters that do not fit. Those named in `alsoKnown` pass,
 * whatever they hold, and like what is not described they go no further.
 */
export function checkParameters(
  shape: Shape,
  given: Record<string, unknown>,
  { unknownParameters, alsoKnown = {} }: Pick<Switches, 'unknownParameters'> & { alsoKnown?: object },
): Record<string, unknown> {
  const strange = strangeNames(shape, given);
  const refused = strange.filter((name) => !Object.hasOwn(alsoKnown, name));
  if (refused.length > 0 && unknownParameters === 'refused')
    throw badRequest(`Received not described parameters: (${refused.join(', ')})`);
  const misfit = firstMisfit(shape, given);
  if (misfit !== undefined) throw badRequest(misfit);
  const described = Object.entries(given).filter(([name]) => Object.hasOwn(shape, name));
  return { ...assumptions(shape), ...Object.fromEntries(described) };
}

function assumptions(shape: Shape): Record<string, unknown> {
  const assumed = Object.entries(shape).filter(([, parameter]) => parameter.assumed !== undefined);
  return Object.fromEntries(assumed.map(([name, parameter]) => [name, parameter.assumed]));
}

function strangeNames(shape: Shape, given: Record<string, unknown>): string[] {
  return Object.keys(given).filter((name) => !Object.hasOwn(shape, name));
}

function firstMisfit(shape: Shape, given: Record<string, unknown>): string | undefined {
  for (const [name, { type, required, assumed, accepts }] of Object.entries(shape)) {
    const value = Object.hasOwn(given, name) ? given[name] : assumed;
    if (required && (value === undefined || value === null)) return `Missing mandatory parameter: (${name})`;
    if (!accepts(value)) return `[${name}] Given data does not belong to the type ${type}`;
  }
  return undefined;
}

/** `10.0.0.0/8`, `2001:db8::/32`, or an address alone. */
function isIpBlock(text: string): boolean {
  const [address = '', bits = '0', ...rest] = text.split('/');
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
