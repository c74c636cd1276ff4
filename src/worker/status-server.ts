import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { request } from 'undici';
import { messageOf } from '../contract/unknown.ts';
import { ConfigError } from './configuration/config-error.ts';
import type { Ready } from './readiness.ts';

interface StatusServer {
  close(): void;
}

/**
 * Serves what those ask who watch a worker: `/metrics` for Prometheus; `/healthz`, which answers while the process turns;
 * `/readyz`, 200 where the worker can do its work now and else 503, with what is missing.
 *
 * `metricsUrl`: where the SDK's native core serves the metrics, on loopback and with no other path.
 *
 * @throws ConfigError when nothing can listen there
 */
export async function serveStatus(
  address: string,
  { metricsUrl, ready }: { metricsUrl: string; ready: () => Promise<Ready> },
): Promise<StatusServer> {
  const answers: Record<string, (answer: ServerResponse) => Promise<void>> = {
    '/metrics': async (answer) => forward(metricsUrl, answer),
    '/healthz': async (answer) => void answer.writeHead(200, TEXT).end('ok\n'),
    '/readyz': async (answer) => {
      const told = await ready();
      answer.writeHead(told.ready ? 200 : 503, JSON_TYPE).end(`${JSON.stringify(told)}\n`);
    },
  };
  const server = createServer((asked, answer) => {
    const path = (asked.url ?? '').split('?')[0] ?? '';
    const act = Object.hasOwn(answers, path) ? answers[path] : undefined;
    if (!act) return void answer.writeHead(404, TEXT).end(`there is ${Object.keys(answers).join(', ')}\n`);
    act(answer).catch(() => answer.headersSent || answer.writeHead(500, TEXT).end('no answer\n'));
  });
  const { hostname, port } = new URL(`http://${address}`);
  try {
    await once(server.listen(Number(port || 80), hostname.replace(/^\[|\]$/g, '')), 'listening');
  } catch (error) {
    const message = messageOf(error);
    throw new ConfigError(
      `MOORING_METRICS_ADDRESS: metrics cannot be served at ${address}: ${message}; choose another address`,
      { cause: error },
    );
  }
  // Nobody's probe holds the process.
  server.unref();
  return {
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };
const JSON_TYPE = { 'content-type': 'application/json' };

async function forward(url: string, answer: ServerResponse): Promise<void> {
  const { statusCode, headers, body } = await request(url);
  const type = headers['content-type'];
  answer.writeHead(statusCode, type === undefined ? TEXT : { 'content-type': String(type) });
  answer.end(await body.text());
}
