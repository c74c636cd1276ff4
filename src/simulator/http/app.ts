import { Hono } from 'hono';

import { answerOfAnother } from '../faults/answer-of-another.ts';
import { loginRoutes } from '../login/index.ts';
import { operations } from '../operations/index.ts';
import { notServed } from '../operations/not-served.ts';
import { permits, type Caller } from '../world/callers.ts';
import type { World } from '../world/world.ts';
import { answer, errorAnswer } from './answer.ts';
import { ApiError, badRequest, noSuchService, notImplemented, serviceError } from './api-error.ts';
import { authenticate } from './authenticate.ts';
import { refuseInDownRegion } from './down-region.ts';
import type { Call, Operation, ProjectCall } from './operation.ts';
import { checkParameters, isObject, type Shape } from './parameters.ts';
import type { Received } from './received.ts';

/** What comes along with a request: its bytes, and what a fault makes of it. */
export interface Bindings {
  received: Received;
  /** What it begins is to fail. */
  fails: boolean;
  /** The answer is to be another's. */
  mixedUp: boolean;
}

/** OVH's API under `/1.0` and `/v1`, and beside it the pages to log in. Every request is applied at once, or not at all. */
export function createApp(world: World, nextQueryId: () => string): Hono<{ Bindings: Bindings }> {
  const app = new Hono<{ Bindings: Bindings }>({ strict: false });
  for (const operation of operations) {
    app.on(operation.method, pathsOf(operation.path), ({ env, req }) => {
      const value = apply(operation, env, req.param(), world);
      return answer(value, world.switches.voidAnswer, nextQueryId());
    });
  }
  for (const { method, path } of notServed)
    app.on(method, pathsOf(path), () => errorAnswer(notImplemented(`${method} ${path}`), nextQueryId()));
  app.route('/', loginRoutes(world));
  app.notFound(() =>
    errorAnswer(serviceError(404, 'Client::NotFound', 'Got an invalid (or empty) URL'), nextQueryId()),
  );
  app.onError((error) => {
    if (error instanceof ApiError) return errorAnswer(error, nextQueryId());
    throw error;
  });
  return app;
}

function pathsOf(template: string): string[] {
  const path = template.replaceAll(/\{(\w+)\}/g, ':$1');
  return [`/1.0${path}`, `/v1${path}`];
}

function apply(
  operation: Operation,
  { received, fails, mixedUp }: Bindings,
  params: Record<string, string>,
  world: World,
) {
  const caller = operation.open ? undefined : authenticate(received, world);
  const sent = {
    query: readQuery(received.search, operation.query),
    body: received.method === 'GET' ? {} : readBody(received.body),
  };
  const { unknownParameters } = world.switches;
  const query = checkParameters(operation.query, sent.query, { unknownParameters, alsoKnown: params });
  const body = checkParameters(operation.body, sent.body, { unknownParameters, alsoKnown: params });
  const call: Call = {
    world,
    now: world.now(),
    origin: received.origin,
    applicationKey: received.headers.get('X-Ovh-Application') ?? undefined,
    caller,
    params,
    query,
    body,
    fails,
  };
  // Operations beside the projects take a call without one.
  const inside = (params['serviceName'] === undefined ? call : inProject(call)) as ProjectCall;
  if (caller && operation.iam !== undefined) checkRights(caller, operation.iam);
  if (params['serviceName'] !== undefined) refuseInDownRegion(operation, inside);
  const value = withOddRecords(operation, inside, operation.handle(inside));
  return mixedUp ? answerOfAnother(operation, inside, value) : value;
}

/** A list, with what somebody put there by hand; a record that names another region than the one asked for is not shown. */
function withOddRecords({ path }: Operation, { project, query }: ProjectCall, value: unknown): unknown {
  if (!Array.isArray(value) || !project?.oddRecords.length) return value;
  const odd = project.oddRecords
    .filter(({ list }) => path === `/cloud/project/{serviceName}/${list}`)
    .map(({ record }) => record)
    .filter((record) => {
      const region = isObject(record) ? record['region'] : undefined;
      return typeof region !== 'string' || (query['region'] ?? region) === region;
    });
  return [...value, ...odd];
}

function inProject(call: Call): ProjectCall {
  const { world, caller, params } = call;
  const project = world.projects.get(params['serviceName'] ?? '');
  if (!project || project.account !== caller?.account) throw noSuchService();
  return { ...call, project };
}

function checkRights({ policy }: Caller, action: string): void {
  if (permits(policy, action)) return;
  throw serviceError(403, 'Client::Forbidden', 'User not granted for this request', {
    unauthorizedActionsByIAM: action,
    unauthorizedActionsByAuthentication: '',
  });
}

function readQuery(search: URLSearchParams, shape: Shape): Record<string, unknown> {
  if (search.size === 0) return {};
  const query: Record<string, unknown> = {};
  for (const name of new Set(search.keys())) {
    const values = search.getAll(name).filter((value) => value !== '');
    const isList = Object.hasOwn(shape, name) && shape[name]?.type.endsWith('[]');
    query[name] = isList ? values.flatMap((value) => value.split(',')) : values[0];
  }
  return query;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function readBody(bytes: Uint8Array): Record<string, unknown> {
  if (bytes.length === 0) return {};
  let body: unknown;
  try {
    body = JSON.parse(decoder.decode(bytes));
  } catch {
    throw badRequest('Invalid JSON received');
  }
  if (body === null) return {};
  if (!isObject(body)) throw badRequest('Invalid JSON received: an object is wanted');
  return body;
}
