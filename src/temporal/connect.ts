import { Client, Connection } from '@temporalio/client';
import { resolveTarget, type ConnectOptions, type Target } from './address.ts';
import { CodecKeys } from './codec/codec-keys.ts';
import { dataConverterOf } from './codec/data-converter.ts';
import { retryUntilClosed } from './retry-until-closed.ts';
import { isGrpcError } from './sdk-errors.ts';
import { TemporalUnreachable } from './temporal-unreachable.ts';

export interface ClientConnection {
  connection: Connection;
  client: Client;
  namespace: string;
  address: string;
}

/**
 * Connects a program that starts and watches workflows. Close `connection` when done.
 *
 * @throws {TemporalUnreachable} within `connectTimeoutMs` (default 5 s) when nothing answers
 * @throws {CodecKeyError} when `MOORING_CODEC_KEY` is malformed
 */
export async function connectClient(options: ConnectOptions = {}): Promise<ClientConnection> {
  const target = resolveTarget(options);
  const { address, namespace } = target;
  const dataConverter = dataConverterOf(CodecKeys.load(options.env ?? process.env));
  const connection = await connect(target, options.connectTimeoutMs);
  return {
    connection,
    client: new Client({ connection, namespace, dataConverter }),
    namespace,
    address,
  };
}

/** @throws {TemporalUnreachable} when nothing answers in time */
export async function connect(target: Target, connectTimeoutMs = 5_000): Promise<Connection> {
  const { address, source } = target;
  try {
    return await Connection.connect({
      ...target.connection,
      connectTimeout: connectTimeoutMs,
      interceptors: [retryUntilClosed],
    });
  } catch (error) {
    throw new TemporalUnreachable(address, source, reasonOf(error, connectTimeoutMs), { cause: error });
  }
}

function reasonOf(error: unknown, connectTimeoutMs: number): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (isGrpcError(cause)) return `it answered "${cause.details}"`;
  return `no answer within ${connectTimeoutMs / 1000} s`;
}
