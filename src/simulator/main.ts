import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { messageOf, rowOf } from '../contract/unknown.ts';

import { simulatorFlags, type Flag, type SimulatorFlags } from './flags.ts';
import { isObject } from './http/parameters.ts';
import { parseSwitches } from './switches.ts';
import { serveSimulator, type ServeOptions } from './serve.ts';
import { createSimulator } from './simulator.ts';
import type { SimulatorOptions } from './options.ts';

/**
 * Serves a simulator until SIGINT or SIGTERM, and says in one line of JSON on stdout where it is and which keys it
 * takes. Throws a `TypeError` that names the flag when a value makes no sense.
 */
export async function runSimulator(flags: SimulatorFlags = {}): Promise<void> {
  const { settings, ...given } = flags;
  const { serving, options } = readFlags(given, await readSettings(settings));
  const simulator = createSimulator(options);
  const { endpoint, certificatePath, close } = await serveSimulator(simulator, serving);
  const guestPort = simulator.guests && { guestPort: simulator.guests.port };
  const line = {
    endpoint,
    ...simulator.first,
    ...guestPort,
    ...(certificatePath !== undefined && { certificatePath }),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await close();
  await simulator.stop();
}

/** What stands for a number in a help text. */
const NUMBERS = new Set<string | undefined>(['ms', 'number', 'port']);

function readFlags(
  given: SimulatorFlags,
  { switches, ...fromFile }: Settings,
): { serving: ServeOptions; options: SimulatorOptions } {
  const numbers: Partial<Record<string, number>> = {};
  const flags: SimulatorFlags = { ...fromFile, ...given };
  for (const [name, value] of Object.entries(flags)) {
    const flag: Flag | undefined = rowOf(simulatorFlags, name);
    if (!flag) throw new TypeError(`The simulator has no flag "${name}".`);
    if (!NUMBERS.has(flag.value)) continue;
    const number = Number(value);
    if (value === '' || !Number.isFinite(number) || (number < 0 && name !== 'clockSkewMs')) {
      throw new TypeError(`${name} takes a number that is not negative, not "${String(value)}".`);
    }
    if (flag.value === 'port' && !(Number.isInteger(number) && number <= 65_535))
      throw new TypeError(`${name} takes a port from 0 to 65535, not "${String(value)}".`);
    numbers[name] = number;
  }
  const { port = 0, guestPort = 2222, ...options } = numbers;
  const guests = flags.guests === true && { guests: { port: guestPort } };
  return {
    serving: {
      port,
      tls: flags.tls === true || flags.as !== undefined,
      as: flags.as === undefined ? undefined : hostName(flags.as),
      certificate: flags.certificate === undefined ? undefined : String(flags.certificate),
    },
    options: {
      ...options,
      ...guests,
      switches: { ...parseSwitches(switches), ...readSwitches(given.switch) },
    },
  };
}

function hostName(value: unknown): string {
  const name = String(value);
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name))
    throw new TypeError(`as takes a host name in lower case, not "${name}".`);
  return name;
}

/** A file of settings: numbers by the names of the flags, and beside them the switches. */
type Settings = { switches: Record<string, unknown> } & { [name: string]: unknown };

async function readSettings(file: SimulatorFlags[keyof SimulatorFlags]): Promise<Settings> {
  if (file === undefined) return { switches: {} };
  let settings: unknown;
  try {
    settings = JSON.parse(await readFile(String(file), 'utf8'));
  } catch (error) {
    throw new TypeError(`${String(file)} is not a file of settings: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (!isObject(settings)) throw new TypeError(`${String(file)} is not a file of settings.`);
  const { switches = {}, ...numbers } = settings;
  if (!isObject(switches)) throw new TypeError(`${String(file)}: switches is not an object.`);
  return { switches, ...numbers };
}

function readSwitches(given: SimulatorFlags['switch'] = []) {
  const pairs = (Array.isArray(given) ? given : [given]).map((pair) => {
    const [, name, position] = /^([^=]+)=(.+)$/.exec(String(pair)) ?? [];
    if (name === undefined) throw new TypeError(`A switch is given as name=value, not "${String(pair)}".`);
    return [name, position];
  });
  return parseSwitches(Object.fromEntries(pairs));
}
