import { Hono } from 'hono';

import type { Bindings } from '../http/app.ts';
import type { World } from '../world/world.ts';
import { grantToken } from './grant-token.ts';
import { decideCredential, showCredential } from './validation.ts';

/** Where people and programs log in: outside `/1.0`, as at OVH. */
export function loginRoutes(world: World): Hono<{ Bindings: Bindings }> {
  const routes = new Hono<{ Bindings: Bindings }>({ strict: false });
  routes.post('/auth/oauth2/token', ({ env }) => grantToken(env.received, world));
  routes.get('/auth', ({ env }) => showCredential(env.received, world));
  routes.post('/auth', ({ env }) => decideCredential(env.received, world));
  return routes;
}
