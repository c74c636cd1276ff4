import type { Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { TLSSocket } from 'node:tls';
import { createAdaptorServer } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';

import { selfSignedCertificate, writeCertificate } from './certificate.ts';
import { rememberBody } from './http/received.ts';
import { isLoopback } from './loopback.ts';
import { isConnectionReset } from './faults/connection.ts';
import { isBesideTheApi, type Simulator } from './simulator.ts';

export interface ServeOptions {
  /** Default 0: a free one. */
  port?: number;
  /** Loopback only: the control plane asks nobody who they are. */
  host?: '127.0.0.1';
  /**
   * A name by which other machines may call OVH's API, over TLS: that asks for signatures. The control plane and the page
   * stay with this machine.
   */
  as?: string | undefined;
  /** With a certificate of its own making. Default: where other machines may call. */
  tls?: boolean;
  /** Where the certificate is written. Default: in a folder of its own. */
  certificate?: string | undefined;
}

export interface ServedSimulator {
  /** `http://127.0.0.1:PORT`, or by the name that other machines call it. */
  url: string;
  /** `http://127.0.0.1:PORT/1.0`, what OVH's clients call an endpoint. */
  endpoint: string;
  /** A PEM file to trust, with `tls`. */
  certificatePath?: string;
  /** Cuts every connection and stops. */
  close(): Promise<void>;
}

/** Serves a simulator on a socket. A connection that a fault breaks is broken indeed. */
export async function serveSimulator(
  simulator: Simulator,
  {
    port = 0,
    host = '127.0.0.1',
    as,
    tls = as !== undefined,
    certificate: certificateFile,
  }: ServeOptions = {},
): Promise<ServedSimulator> {
  if (as !== undefined && !tls)
    throw new TypeError('Other machines call the simulator over TLS, or everybody on the way reads secrets.');
  const certificate = tls ? await selfSignedCertificate(host, as === undefined ? [] : [as]) : undefined;
  const written = certificate && (await writeCertificate(certificate.cert, certificateFile));
  const server = createAdaptorServer({
    hostname: host,
    overrideGlobalObjects: false,
    ...(certificate && { createServer: createSecureServer, serverOptions: certificate }),
    async fetch(request, { incoming }) {
      // A page whose own name is made to point here (DNS rebinding) would read everything, and nobody signs for that.
      const { hostname, pathname } = new URL(request.url);
      const isNear = isLoopback(hostname) && incoming.socket.remoteAddress === host;
      if (!isNear && (hostname !== as || isBesideTheApi(pathname)))
        return Response.json({ message: `Call the simulator by ${host}.` }, { status: 403 });
      try {
        if (request.method === 'GET' && Number(incoming.headers['content-length']) > 0)
          rememberBody(request, await buffer(incoming));
        return await simulator.fetch(request);
      } catch (error) {
        if (!isConnectionReset(error) && !request.signal.aborted) throw error;
        breakConnection(incoming.socket);
        return RESPONSE_ALREADY_SENT;
      }
    },
  }) as Server;
  // As load balancers do: what a process had at hand when it stood still for a while arrives when it goes on.
  server.keepAliveTimeout = 75_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, as === undefined ? host : '0.0.0.0', resolve);
  });
  // It listens, and on no pipe.
  const url = `${tls ? 'https' : 'http'}://${as ?? host}:${(server.address() as AddressInfo).port}`;
  return {
    url,
    endpoint: `${url}/1.0`,
    ...(written && { certificatePath: written.path }),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await written?.remove();
    },
  };
}

/** With a TCP reset, which is what `ECONNRESET` means; below TLS Node offers none. */
function breakConnection(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}
