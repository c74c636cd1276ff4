import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/* The least that a server in Node can do: a fixed body of the size of one instance. */

const body = JSON.stringify({ id: '0'.repeat(36), filler: 'x'.repeat(1500) });
const server = createServer((_request, response) => {
  response.setHeader('Content-Type', 'application/json');
  response.end(body);
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ endpoint: `http://127.0.0.1:${port}/1.0` })}\n`);
});
process.once('SIGTERM', () => server.close().closeAllConnections());
