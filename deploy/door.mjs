// The way from this machine to Temporal's HTTP API or its UI. Neither asks who calls: the one takes a request from a page of
// any origin, the other answers under any host name, so that a page whose name is pointed at 127.0.0.1 reads every workflow
// and starts others. What a browser sends tells the two apart from a person and from curl: only these pass.
import { createServer, request } from 'node:http';

const target = new URL(process.env.DOOR_TO);
const names = ['127.0.0.1', 'localhost', '[::1]'];

/** Why it does not pass; undefined where it does. */
function refusal({ host, origin, 'sec-fetch-site': site }) {
  const called = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined;
  if (!called || !names.includes(called.hostname)) return 'call this door by 127.0.0.1 or localhost';
  if (origin !== undefined && origin !== called.origin) return 'pages of other origins are not let in';
  // A form or an image of another page brings no origin of its own.
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'other pages are not let in';
  return undefined;
}

const server = createServer((incoming, outgoing) => {
  const why = refusal(incoming.headers);
  if (why !== undefined) return outgoing.writeHead(403, { 'content-type': 'text/plain' }).end(`${why}\n`);
  const { method, url, headers } = incoming;
  const beyond = request(
    target,
    { method, path: url, headers: { ...headers, host: target.host } },
    (answer) => {
      outgoing.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(outgoing);
    },
  );
  beyond.on('error', () => {
    if (!outgoing.headersSent) outgoing.writeHead(502, { 'content-type': 'text/plain' });
    outgoing.end('nobody answers behind this door\n');
  });
  incoming.pipe(beyond);
});

server.listen(Number(process.env.DOOR_PORT ?? 0), process.env.DOOR_IP ?? '127.0.0.1', () =>
  console.log(`door ready: http://127.0.0.1:${server.address().port}`),
);
process.on('SIGTERM', () => server.close(() => process.exit()));
