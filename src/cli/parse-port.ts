import { InvalidArgumentError } from 'commander';

/** Where something listens. */
export const parsePort = (text: string): number => portFrom(1, text);

/** As `parsePort`; 0 takes a free one. */
export const parsePortOrAny = (text: string): number => portFrom(0, text);

function portFrom(least: number, text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < least || port > 65_535)
    throw new InvalidArgumentError(`It must be a port from ${least} to 65535.`);
  return port;
}
