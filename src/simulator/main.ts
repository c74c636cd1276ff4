import { once } from 'node:events';
import { readFile } from 'node:fs/promises';

import { isObject } from './http/parameters.ts';
import { parseSwitches, switchPositions } from './switches.ts';
import { serveSimulator, type ServeOptions } from './serve.ts';
import { createSimulator } from './simulator.ts';
import type { SimulatorOptions } from './options.ts';

interface Flag {
  description: string;
  /** What stands for the value in a help text; absent for a flag that has none. */
  value?: string;
  default?: number;
  /** May be given more than once. */
  repeatable?: boolean;
}

/** What `mooring simulator` takes, by its name in `runSimulator`; on the command line `bootMs` is `--boot-ms`. */
export const simulatorFlags = {
  port: { description: 'port on 127.0.0.1; 0 takes a free one', value: 'number', default: 0 },
  bootMs: { description: 'time from BUILD to ACTIVE', value: 'ms', default: 3000 },
  bootSpreadMs: { description: 'each boot takes up to so much longer', value: 'ms', default: 0 },
  volumeMs: { description: 'time until a new volume is available', value: 'ms', default: 1000 },
  operationMs: { description: 'time until what an operation makes is there', value: 'ms', default: 500 },
  attachMs: { description: 'time to attach or detach a volume', value: 'ms', default: 800 },
  deleteMs: { description: 'time until something deleted is gone', value: 'ms', default: 800 },
  listLagMs: { description: 'how far lists lie in the past', value: 'ms', default: 0 },
  latencyMs: { description: 'time between applying a request and answering it', value: 'ms', default: 0 },
  clockSkewMs: { description: "how far OVH's clock is ahead", value: 'ms', default: 0 },
  skewLimitMs: { description: 'how far the time of a signature may be off', value: 'ms', default: 30_000 },
  tokenMs: { description: 'how long an OAuth2 token is good for', value: 'ms', default: 3_600_000 },
  rateLimit: {
    description: 'requests per second and consumer key; 0 is no limit',
    value: 'number',
    default: 0,
  },
  seed: { description: 'makes keys, ids and chances repeatable', value: 'number' },
  switch: {
    description: `how OVH behaves where nobody knows: ${Object.keys(switchPositions).join(', ')}`,
    value: 'name=value',
    repeatable: true,
  },
  settings: {
    description: 'a file that "mooring conformance --out" wrote; other flags count more',
    value: 'file',
  },
  tls: { description: 'https with a certificate of its own; its path is in the JSON line' },
  as: {
    description:
      "a name by which other machines may call OVH's API too, over https; the rest stays on loopback",
    value: 'name',
  },
  certificate: { description: 'where the certificate is written, for them to trust', value: 'file' },
} as const satisfies Record<string, Flag>;

export type SimulatorFlags = {
  [Name in keyof typeof simulatorFlags]?: string | number | boolean | readonly string[];
};

/**
 * Serves a simulator until SIGINT or SIGTERM, and says in one line of JSON on stdout where it is and which keys it
 * takes. Throws a `TypeError` that names the flag when a value makes no sense.
 */
export async function runSimulator(flags: SimulatorFlags = {}): Promise<void> {
  const { settings, ...given } = flags;
  const { serving, options } = readFlags(given, await readSettings(settings));
  const simulator = createSimulator(options);
  const { endpoint, certificatePath, close } = await serveSimulator(simulator, serving);
  const line = { endpoint, ...simulator.first, ...(certificatePath !== undefined && { certificatePath }) };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await close();
}

function readFlags(
  given: SimulatorFlags,
  { switches, ...fromFile }: Settings,
): { serving: ServeOptions; options: SimulatorOptions } {
  const numbers: Partial<Record<string, number>> = {};
  const flags: SimulatorFlags = { ...fromFile, ...given };
  for (const [name, value] of Object.entries(flags)) {
    const flag: Flag | undefined = Object.hasOwn(simulatorFlags, name)
      ? simulatorFlags[name as keyof typeof simulatorFlags]
      : undefined;
    if (!flag) throw new TypeError(`The simulator has no flag "${name}".`);
    if (flag.value !== 'ms' && flag.value !== 'number') continue;
    const number = Number(value);
    if (value === '' || !Number.isFinite(number) || (number < 0 && name !== 'clockSkewMs')) {
      throw new TypeError(`${name} takes a number that is not negative, not "${String(value)}".`);
    }
    numbers[name] = number;
  }
  const { port = 0, ...options } = numbers;
  return {
    serving: {
      port,
      tls: flags.tls === true || flags.as !== undefined,
      as: flags.as === undefined ? undefined : hostName(flags.as),
      certificate: flags.certificate === undefined ? undefined : String(flags.certificate),
    },
    options: { ...options, switches: { ...parseSwitches(switches), ...readSwitches(given.switch) } },
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
    throw new TypeError(`${String(file)} is not a file of settings: ${(error as Error).message}`, {
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
