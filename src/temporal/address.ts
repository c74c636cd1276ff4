import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { messageOf } from '../contract/unknown.ts';
import { TemporalUnreachable } from './temporal-unreachable.ts';

type ConnectionOptions = ClientConnectConfig['connectionOptions'];

export interface ConnectOptions {
  /** `host:port`. Given, it is all that counts: no API key, certificate or profile is sent to a server it was not made for. */
  address?: string | undefined;
  /** Default: what Temporal's environment configuration says, else `default`. */
  namespace?: string | undefined;
  /** Where `TEMPORAL_*` is read. */
  env?: NodeJS.ProcessEnv | undefined;
  /** How long a server may take to answer. */
  connectTimeoutMs?: number | undefined;
}

export interface Target {
  address: string;
  namespace: string;
  /** Where the address came from, in words. */
  source: string;
  connection: ConnectionOptions;
}

/**
 * Which Temporal to talk to, by Temporal's own environment configuration: `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`,
 * `TEMPORAL_API_KEY`, `TEMPORAL_TLS*`, else the profile `TEMPORAL_PROFILE` of `temporal.toml`.
 *
 * @throws {TemporalUnreachable} where the address is none, or the configuration cannot be read: waiting for an answer would
 * say less, and later.
 */
export function resolveTarget({ address, namespace, env = process.env }: ConnectOptions = {}): Target {
  if (address) {
    refuseNoAddress(address, 'given explicitly');
    const own = namespace ?? 'default';
    return { address, namespace: own, source: 'given explicitly', connection: { address } };
  }
  const config = configured(env);
  const found = config.connectionOptions.address;
  const source = sourceOf(found, env);
  if (found !== undefined) refuseNoAddress(found, source);
  return {
    address: found ?? 'localhost:7233',
    namespace: namespace ?? config.namespace ?? 'default',
    source,
    connection: { ...config.connectionOptions, address: found ?? 'localhost:7233' },
  };
}

function configured(env: NodeJS.ProcessEnv): ClientConnectConfig {
  try {
    return loadClientConnectConfig({ overrideEnvVars: defined(env) });
  } catch (error) {
    // Of a file that is malformed, further lines show what stands there, which may be a key.
    const [why = ''] = messageOf(error).split('\n', 1);
    const { TEMPORAL_ADDRESS: address = 'the address of its configuration' } = env;
    throw new TemporalUnreachable(address, "by Temporal's own environment configuration", why, {
      cause: error,
    });
  }
}

/** The port is asked for, as by Temporal's own command line, so that one address means the same everywhere. */
function refuseNoAddress(address: string, source: string): void {
  const [, port] = /^(?:[^\s:/@[\]]+|\[[\da-fA-F:.]+\]):(\d{1,5})$/.exec(address) ?? [];
  if (port !== undefined && Number(port) >= 1 && Number(port) <= 65_535) return;
  // An empty one is a variable that somebody forgot to fill: taking the default would ask another server.
  const what = address === '' ? 'it is empty and' : 'it';
  throw new TemporalUnreachable(
    address === '' ? '""' : address,
    source,
    `${what} must be a host and a port, such as "localhost:7233"`,
  );
}

function sourceOf(address: string | undefined, env: NodeJS.ProcessEnv): string {
  if (env.TEMPORAL_ADDRESS !== undefined) return 'from TEMPORAL_ADDRESS';
  if (address) return `from the Temporal profile "${env.TEMPORAL_PROFILE ?? 'default'}"`;
  return 'the default address';
}

function defined(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
