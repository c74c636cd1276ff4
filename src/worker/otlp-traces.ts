import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context as Activity } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
  type Context,
  type Link,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, RandomIdGenerator, TracerProvider } from '@opentelemetry/sdk-trace';
import { readMemo } from '../contract/wire.ts';
import { errorOf, fieldsOf } from '../contract/unknown.ts';
import type { Fetch } from '../ovh/index.ts';
import { decodePayload } from '../temporal/codec/decode.ts';
import { readRun } from './read-run.ts';
import { endOf } from './step-metrics.ts';
import { samplerOf } from './trace-sampler.ts';
import type { Traces } from './traces.ts';
import { MOORING_VERSION } from './version.ts';

/** So many runs' callers are remembered. */
const REMEMBERED = 1000;

/** How attempts end of which nothing is wrong. */
const AS_USUAL = new Set(['NotReady', 'cancelled', 'Interrupted']);

/**
 * A run's id, without its dashes, is the id of its trace: whoever has the one finds the other. What a run does has no span
 * above it, because a workflow has none; the caller's own trace is a link.
 */
export class OtlpTraces implements Traces {
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;
  readonly #client: () => Client;
  /** Of the run whose span is started next. */
  #traceId: string | undefined;
  readonly #current = new AsyncLocalStorage<Context>();
  readonly #callers = new Map<string, Promise<Link | undefined>>();

  /** @throws ConfigError */
  constructor(env: NodeJS.ProcessEnv, client: () => Client) {
    this.#client = client;
    const ids = new RandomIdGenerator();
    const named = resourceFromAttributes({
      'service.name': 'mooring-worker',
      'service.version': MOORING_VERSION,
    });
    this.#provider = new TracerProvider({
      resource: named.merge(detectResources({ detectors: [envDetector] })),
      sampler: samplerOf(env),
      idGenerator: {
        generateTraceId: () => this.#traceId ?? ids.generateTraceId(),
        generateSpanId: () => ids.generateSpanId(),
      },
      spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
    });
    this.#tracer = this.#provider.getTracer('mooring', MOORING_VERSION);
  }

  interceptor({ info }: Activity): ActivityInboundCallsInterceptor {
    const { activityId, activityType, attempt, taskQueue, workflowType, workflowExecution } = info;
    const { workflowId = '', runId = '' } = workflowExecution ?? {};
    return {
      execute: async (input, next) => {
        const span = this.#startRoot(runId, activityId, {
          'temporal.workflow.id': workflowId,
          'temporal.workflow.type': workflowType,
          'temporal.run.id': runId,
          'temporal.activity.type': activityType,
          'temporal.activity.attempt': attempt,
          'temporal.task_queue': taskQueue,
          ...Object.fromEntries(
            Object.entries(readRun(workflowId)).map(([key, value]) => [`mooring.${key}`, value]),
          ),
        });
        const caller = this.#callerOf(workflowId, runId);
        try {
          return await this.#current.run(trace.setSpan(ROOT_CONTEXT, span), () => next(input));
        } catch (error) {
          failed(span, endOf(error));
          throw error;
        } finally {
          // The step does not wait until its caller is known.
          const ended = Date.now();
          void caller.then((link) => {
            if (link) span.addLink(link);
            span.end(ended);
          });
        }
      },
    };
  }

  calls(project: string, fetch: Fetch): Fetch {
    return async (url, sending) => {
      const { pathname, host } = new URL(url);
      const name = `${sending.method} ${pathname.replaceAll(/(?<=\/)(?=[^/]*\d)[\w=-]{16,}(?=\/|$)/g, '{id}')}`;
      const attributes = {
        'http.request.method': sending.method,
        'server.address': host,
        'url.path': pathname,
        'mooring.project': project,
      };
      const kind = SpanKind.CLIENT;
      const span = this.#tracer.startSpan(
        name,
        { kind, attributes },
        this.#current.getStore() ?? ROOT_CONTEXT,
      );
      try {
        const answer = await fetch(url, sending);
        span.setAttribute('http.response.status_code', answer.status);
        const queryId = answer.headers.get('x-ovh-queryid');
        if (queryId !== null) span.setAttribute('ovh.query_id', queryId);
        if (answer.status >= 400) failed(span, String(answer.status));
        return answer;
      } catch (error) {
        failed(span, errorOf(error).name);
        throw error;
      } finally {
        span.end();
      }
    };
  }

  async close(): Promise<void> {
    // Nobody who watches holds up a worker that ends.
    await this.#provider.shutdown().catch(() => undefined);
  }

  #startRoot(runId: string, name: string, attributes: Record<string, string | number | undefined>): Span {
    this.#traceId = runId.replaceAll('-', '');
    try {
      return this.#tracer.startSpan(name, { attributes }, ROOT_CONTEXT);
    } finally {
      this.#traceId = undefined;
    }
  }

  #callerOf(workflowId: string, runId: string): Promise<Link | undefined> {
    const known = this.#callers.get(runId);
    if (known) return known;
    const asked = this.#readCaller(workflowId, runId).catch(() => undefined);
    this.#callers.set(runId, asked);
    for (const oldest of this.#callers.keys()) {
      if (this.#callers.size <= REMEMBERED) break;
      this.#callers.delete(oldest);
    }
    return asked;
  }

  /** What the start of the run says: Mooring's client has it in the memo, OpenTelemetry's interceptors in a header. */
  async #readCaller(workflowId: string, runId: string): Promise<Link | undefined> {
    const client = this.#client();
    const { history } = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId, runId },
      maximumPageSize: 1,
    });
    const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
    const { mooring, ['_tracer-data']: header } = {
      ...started?.memo?.fields,
      ...started?.header?.fields,
    };
    const { traceparent } = readMemo({ mooring: await decodePayload(client, mooring) });
    const carried = fieldsOf(await decodePayload(client, header))['traceparent'];
    return linkTo(traceparent ?? (typeof carried === 'string' ? carried : undefined));
  }
}

/** One word, as metrics have it: messages may hold what a history has encrypted. */
function failed(span: Span, word: string): void {
  span.setAttribute('error.type', word);
  if (!AS_USUAL.has(word)) span.setStatus({ code: SpanStatusCode.ERROR });
}

/** W3C Trace Context; what is malformed is as if it were not there. */
function linkTo(traceparent: string | undefined): Link | undefined {
  const [, traceId, spanId, flags] =
    /^00-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})$/.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined) return undefined;
  const traceFlags = Number.parseInt(flags ?? '0', 16) & TraceFlags.SAMPLED;
  return { context: { traceId, spanId, traceFlags, isRemote: true } };
}
