import type { Caller } from '../world/callers.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { World } from '../world/world.ts';
import type { Shape, Values } from './parameters.ts';

type PathNames<Path> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | PathNames<Rest> : never;

type Params<Path extends string> = string extends Path
  ? Record<string, string>
  : Record<PathNames<Path>, string>;

/** One call that passed the gateway: signed, granted, and of the right shape. */
export interface Call<Path extends string = string, Query extends Shape = Shape, Body extends Shape = Shape> {
  world: World;
  /** When it is applied, epoch milliseconds. */
  now: number;
  origin: string;
  /** The `X-Ovh-Application` header, checked or not. */
  applicationKey: string | undefined;
  /** Who calls; absent where no authentication is asked for. */
  caller: Caller | undefined;
  params: Params<Path>;
  query: Values<Query>;
  body: Values<Body>;
  /** A fault wants what this call begins to end in an error. */
  fails: boolean;
}

/** A call on a project that belongs to the caller. */
export interface ProjectCall<
  Path extends string = string,
  Query extends Shape = Shape,
  Body extends Shape = Shape,
> extends Call<Path, Query, Body> {
  project: ProjectRecord;
}

interface Definition<Handler> {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** After `/1.0`, as OVH's schema writes it. */
  path: string;
  /** The action that IAM must allow; absent where signing suffices. */
  iam?: string;
  /** Needs no signature. */
  open?: boolean;
  query: Shape;
  body: Shape;
  /** Applies the call at once and returns the answer's value, `undefined` for `void`; throws an `ApiError`. */
  handle: Handler;
}

/** One row of the table that routes, checks and documents what the simulator serves. */
export type Operation = Definition<(call: ProjectCall) => unknown>;

type Row<Path extends string, Query extends Shape, Body extends Shape, Handler> = Omit<
  Definition<Handler>,
  'path' | 'query' | 'body'
> & { path: Path; query?: Query; body?: Body };

/*
 * A handler is given what the shapes of its own row have checked. The table has rows of every shape, so their type says less.
 */

/** An operation beside the projects. */
export function operation<Path extends string, Query extends Shape = {}, Body extends Shape = {}>(
  row: Row<Path, Query, Body, (call: Call<Path, Query, Body>) => unknown>,
): Operation {
  return { query: {}, body: {}, ...row } as unknown as Operation;
}

/**
 * An operation inside a project; `path` is what follows `/cloud/project/{serviceName}`, and `iam` what follows
 * `publicCloudProject:apiovh:`.
 */
export function inProject<Path extends string, Query extends Shape = {}, Body extends Shape = {}>(
  row: Row<Path, Query, Body, (call: ProjectCall<Path, Query, Body>) => unknown> & { iam: string },
): Operation {
  const path = `/cloud/project/{serviceName}${row.path}`;
  const iam = `publicCloudProject:apiovh:${row.iam}`;
  return { query: {}, body: {}, ...row, path, iam } as unknown as Operation;
}
