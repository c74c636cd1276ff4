import { NativeConnection } from '@temporalio/worker';
import { resolveTarget, type ConnectOptions } from './address.ts';
import { connect } from './connect.ts';
import { TemporalUnreachable } from './temporal-unreachable.ts';

/* Apart from `connect.ts`, so that a program which only starts workflows loads nothing of the worker's. */

interface WorkerConnection {
  connection: NativeConnection;
  namespace: string;
  address: string;
}

/**
 * Connects a worker. Call it after `Runtime.install`: the connection fixes the SDK's runtime.
 *
 * @throws {TemporalUnreachable} as `connectClient`
 */
export async function connectWorker(options: ConnectOptions = {}): Promise<WorkerConnection> {
  const target = resolveTarget(options);
  const { address, namespace } = target;
  // The native connection knows no deadline: a server that accepts and stays silent would hold it for ever.
  const probe = await connect(target, options.connectTimeoutMs);
  await probe.close();
  const connection = await NativeConnection.connect(target.connection).catch((error: unknown) => {
    throw new TemporalUnreachable(address, target.source, 'the worker was refused', { cause: error });
  });
  return { connection, namespace, address };
}
