import { connectionReset, untilAborted } from './faults/connection.ts';
import type { FaultList } from './faults/fault-list.ts';
import type { Fault } from './faults/fault.ts';
import { errorAnswer, htmlAnswer, isHtmlStatus } from './http/answer.ts';
import { errorForStatus, gatewayError } from './http/api-error.ts';
import { createApp } from './http/app.ts';
import type { CallLog } from './http/calls.ts';
import { queryIds } from './http/query-ids.ts';
import type { RateLimit } from './http/rate-limit.ts';
import { receive } from './http/received.ts';
import type { SimulatorClock } from './options.ts';
import type { World } from './world/world.ts';

interface Parts {
  world: World;
  faults: FaultList;
  calls: CallLog;
  rateLimit: RateLimit;
  /** Aborts when the simulator is reset: what hangs then is cut off, what is late never happens. */
  life(): AbortSignal;
}

/** One request on its way through a fault. */
interface Passage {
  request: Request;
  /** Applies the request and makes its answer. */
  apply(options?: { fails?: boolean; mixedUp?: boolean }): Promise<Response>;
  life: AbortSignal;
}

/** What stands between the wire and the API: the log, the rate limit, the faults, the latency. */
export function createGate({ world, faults, calls, rateLimit, life }: Parts) {
  const nextQueryId = queryIds(world.random);
  const app = createApp(world, nextQueryId);

  /** Answers, or rejects as `fetch` does when the connection breaks or the request is aborted. */
  async function pass(request: Request): Promise<Response> {
    if (request.signal.aborted) throw request.signal.reason;
    const received = await receive(request, world.now());
    const { method, path, search, headers, body, at } = received;
    const call = calls.begin({ method, path, query: search.toString(), time: at, body });
    const isAllowed = rateLimit.allows(headers.get('Authorization') ?? headers.get('X-Ovh-Consumer') ?? '');
    const fault = isAllowed ? faults.take(method, path) : undefined;
    if (fault) call.fault = fault.kind;
    const passage: Passage = {
      request,
      apply: async ({ fails = false, mixedUp = false } = {}) =>
        app.fetch(request, { received, fails, mixedUp }),
      life: life(),
    };
    const answer = !isAllowed
      ? tooManyRequests()
      : fault
        ? await meet(fault, passage)
        : await passage.apply();
    if (world.delays.latencyMs > 0) {
      await untilAborted(world.clock.sleep(world.delays.latencyMs), request.signal, passage.life);
      if (request.signal.aborted) throw request.signal.reason;
    }
    call.status = answer.status;
    return answer;
  }

  async function meet(fault: Fault, { request, apply, life }: Passage): Promise<Response> {
    const { kind, status, delayMs } = fault;
    switch (kind) {
      case 'status':
        return statusAnswer(fault);
      case 'status-after':
        await apply();
        return statusAnswer(fault);
      case 'reset-before':
        throw connectionReset();
      case 'reset-after':
        await apply();
        throw connectionReset();
      case 'hang-after':
        await apply();
        await untilAborted(
          delayMs === undefined ? new Promise(() => {}) : world.clock.sleep(delayMs),
          request.signal,
          life,
        );
        throw request.signal.aborted ? request.signal.reason : connectionReset();
      case 'html':
        return htmlAnswer(status ?? 504);
      case 'malformed':
        return truncated(await apply());
      case 'wrong-shape':
        await apply();
        return Response.json({ surprise: [] });
      case 'wrong-type':
        return asHtml(await apply());
      case 'error-body':
        return Response.json({ class: 'Server::InternalServerError', message: 'Internal server error' });
      case 'list-incomplete':
        return shortened(await apply(), fault.keep ?? 0);
      case 'answer-of-another':
        return apply({ mixedUp: true });
      case 'drip':
        return dripping(await apply(), delayMs ?? 1000, world.clock);
      case 'rate-limit':
        return tooManyRequests(fault.retryAfter);
      case 'delay':
        await untilAborted(world.clock.sleep(delayMs ?? 0), life);
        return apply();
      case 'duplicate':
        await apply();
        return apply();
      case 'late':
        void world.clock.sleep(delayMs ?? 0).then(() => (life.aborted ? undefined : apply()));
        throw connectionReset();
      case 'instance-error':
      case 'volume-error':
        return apply({ fails: true });
    }
  }

  function statusAnswer({ status = 500, errorCode, message }: Fault): Response {
    if (isHtmlStatus(status) && errorCode === undefined && message === undefined) return htmlAnswer(status);
    const error = errorForStatus(status, message);
    return errorAnswer(
      errorCode === undefined ? error : gatewayError(status, errorCode, error.message),
      nextQueryId(),
    );
  }

  function tooManyRequests(
    retryAfter = world.switches.rateLimitRetryAfter === 'on' ? 1 : undefined,
  ): Response {
    const { rateLimitAnswer } = world.switches;
    if (rateLimitAnswer === 'reset') throw connectionReset();
    if (rateLimitAnswer !== '429') return htmlAnswer(Number(rateLimitAnswer));
    return errorAnswer(errorForStatus(429), nextQueryId(), retryAfter);
  }

  return pass;
}

function asHtml(answer: Response): Response {
  const headers = new Headers(answer.headers);
  headers.set('Content-Type', 'text/html');
  return new Response(answer.body, { status: answer.status, headers });
}

/** In ten pieces. */
async function dripping(answer: Response, forMs: number, clock: SimulatorClock): Promise<Response> {
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const size = Math.ceil(bytes.length / 10);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += size) {
      await clock.sleep(forMs / 10);
      yield bytes.slice(at, at + size);
    }
  }
  return new Response(ReadableStream.from(pieces()), answer);
}

/** What is no list, such as a refusal, is answered as it is. */
async function shortened(answer: Response, keep: number): Promise<Response> {
  const records: unknown = await answer.clone().json();
  return Array.isArray(records) ? new Response(JSON.stringify(records.slice(0, keep)), answer) : answer;
}

async function truncated(answer: Response): Promise<Response> {
  const text = await answer.text();
  return new Response(text.slice(0, Math.ceil(text.length / 2)), answer);
}
