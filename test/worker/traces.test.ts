import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../package/pack.ts';
import { Stack } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { spawnWorker, workerEnvironment } from '../support/worker-process.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ worker: false });
});
afterAll(() => stack.stop());

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: number | string };
}

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  attributes: Attribute[];
  links?: { traceId: string; spanId: string }[];
  status?: { code?: number };
}

interface Exported {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: Span[] }[] }[];
}

/** What takes spans over OTLP/HTTP, as a collector does. */
async function receiver({ onTestFinished }: { onTestFinished: (end: () => void) => void }) {
  const spans: Span[] = [];
  const services = new Set<string>();
  let text = '';
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString();
      text += body;
      for (const { resource, scopeSpans } of (JSON.parse(body) as Exported).resourceSpans) {
        services.add(valueOf(resource.attributes, 'service.name'));
        spans.push(...scopeSpans.flatMap((scope) => scope.spans));
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { spans, services, text: () => text, endpoint: `http://127.0.0.1:${port}` };
}

const valueOf = (attributes: Attribute[], key: string) => {
  const { stringValue, intValue } = attributes.find((each) => each.key === key)?.value ?? {};
  return String(stringValue ?? intValue);
};

test('a run is a trace: its steps, below them the calls to OVH, and a link to the caller’s', async (context) => {
  const collector = await receiver(context);
  const project = stack.project();
  const env = {
    ...workerEnvironment(stack, project),
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
  };
  spawnWorker(env, context);
  project.fault({ kind: 'status', status: 503, method: 'POST', path: '/volume', times: 1 });
  const [caller, span] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
  const spec = project.spec({ project: 'main', name: `web-${project.alias}` });
  const run = await stack.mooring.start('provisionNodeWithVolume', spec, {
    traceparent: `00-${caller}-${span}-01`,
  });
  const node = await run.result();
  expect(project.instances).toMatchObject([{ id: node.instance.id }]);

  const traceId = run.runId.replaceAll('-', '');
  const own = await until(
    () => collector.spans.filter((each) => each.traceId === traceId),
    (seen) => seen.some(({ name }) => name === 'count'),
  );
  const steps = own.filter(({ parentSpanId }) => !parentSpanId);
  expect(steps.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['preflight', 'create-instance', 'await-instance', 'count']),
  );
  expect(steps.every(({ links }) => links?.[0]?.traceId === caller && links[0].spanId === span)).toBe(true);
  const ids = new Map(steps.map((each) => [each.spanId, each.name]));
  const calls = own.filter(({ parentSpanId }) => parentSpanId);
  const post = calls.find(({ name }) => name === 'POST /1.0/cloud/project/{id}/instance');
  expect(ids.get(post?.parentSpanId ?? '')).toBe('create-instance');
  expect(valueOf(post?.attributes ?? [], 'http.response.status_code')).toMatch(/^20\d$/);
  expect(valueOf(post?.attributes ?? [], 'ovh.query_id')).not.toBe('undefined');
  expect(calls.every(({ parentSpanId }) => ids.has(parentSpanId ?? ''))).toBe(true);
  // What OVH refused is a failed call in a failed attempt, and a second attempt that is none.
  const failed = own.filter(({ status }) => status?.code === 2);
  expect(failed.map(({ name }) => name).toSorted()).toEqual([
    'POST /1.0/cloud/project/{id}/volume',
    'create-volume-data',
  ]);
  const attempts = steps.filter(({ name }) => name === 'create-volume-data');
  expect(attempts.map((each) => valueOf(each.attributes, 'temporal.activity.attempt')).toSorted()).toEqual([
    '1',
    '2',
  ]);
  expect([...collector.services]).toEqual(['mooring-worker']);
  const { applicationKey, applicationSecret, consumerKey } = project.credentials;
  for (const secret of [applicationKey, applicationSecret, consumerKey])
    expect(collector.text()).not.toContain(secret);
});

test('where no endpoint is named nothing of OpenTelemetry is loaded', async () => {
  const program = `
    const { createRequire } = await import('node:module');
    const { openTraces } = await import('./src/worker/traces.ts');
    await import('./src/worker/worker.ts');
    const off = await openTraces({}, () => undefined);
    const loaded = () => Object.keys(createRequire(import.meta.url).cache).filter((file) => file.includes('@opentelemetry'));
    const before = loaded().length;
    const on = await openTraces({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }, () => undefined);
    console.log(JSON.stringify([off === undefined, before, on !== undefined, loaded().length > 0]));
    process.exit();
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', program],
    { cwd: root },
  );
  expect(JSON.parse(stdout)).toEqual([true, 0, true, true]);
});
