import { Hono, type MiddlewareHandler } from 'hono';

import { ApiError } from '../http/api-error.ts';
import type { RateLimit } from '../http/rate-limit.ts';
import type { Simulator } from '../simulator.ts';
import { parseFault } from '../faults/fault.ts';
import type { World } from '../world/world.ts';
import { isLoopback } from '../loopback.ts';
import { circumstanceRoutes } from './circumstances.ts';
import { guestRoutes } from './guests.ts';
import { identityRoutes } from './identities.ts';
import { readObject } from './input.ts';
import { thingRoutes } from './things.ts';

/**
 * A page of somebody else's that is open in the same browser may send requests here, though it cannot read the
 * answers. Programs send no `Origin`; a name that only resolves to loopback is not ours.
 */
const refuseForeignPages: MiddlewareHandler = async (c, next) => {
  const origin = c.req.header('Origin');
  const { host, hostname } = new URL(c.req.url);
  const isOurs = origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
  if (!isOurs || (origin !== undefined && !isLoopback(hostname)))
    return c.json({ message: 'The control plane does not take requests of other pages.' }, 403);
  return next();
};

/**
 * The control plane under `/_simulator`: unsigned, for tests and for people who play OVH. A request that makes no
 * sense is a 400 with one sentence, `{ "message": … }`.
 */
export function createControl(simulator: Omit<Simulator, 'fetch'>, world: World, rateLimit: RateLimit): Hono {
  const control = new Hono().basePath('/_simulator');

  control.use(refuseForeignPages);
  control.get('/state', (c) => c.json(simulator.state(c.req.query('projectId'))));
  control.get('/calls', (c) => c.json(simulator.calls()));
  control.post('/projects', (c) => c.json(simulator.addProject(), 201));
  control.post('/reset', (c) => {
    simulator.reset();
    return c.json(null);
  });

  control.get('/faults', (c) => c.json(simulator.faults()));
  control.post('/faults', async (c) => {
    simulator.addFault(parseFault(await readObject(c)));
    return c.json(simulator.faults(), 201);
  });
  control.delete('/faults', (c) => {
    simulator.clearFaults();
    return c.json(null);
  });

  control.route('/', circumstanceRoutes(world, simulator.first, rateLimit));
  control.route('/', identityRoutes(world, simulator.first));
  control.route('/', thingRoutes(world, simulator.first));
  control.route('/', guestRoutes(world.guests));

  control.notFound((c) =>
    c.json({ message: `The control plane has no ${c.req.method} ${c.req.path}.` }, 404),
  );
  control.onError((error, c) => {
    if (error instanceof TypeError || error instanceof ApiError)
      return c.json({ message: error.message }, 400);
    throw error;
  });
  return control;
}
