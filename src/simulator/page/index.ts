import { Hono } from 'hono';

import type { SimulatorCall } from '../http/calls.ts';
import type { Simulator } from '../simulator.ts';
import type { World } from '../world/world.ts';
import { callLine, overviewOf } from './overview.ts';
import { page } from './page.ts';
import { script } from './script.ts';
import { style } from './style.ts';

/** Nothing from elsewhere, nothing inline, and in nobody's frame. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The page at the root, and what it asks for. */
export function pageRoutes(
  simulator: Pick<Simulator, 'first' | 'faults'>,
  world: World,
  lastCalls: (projectId: string) => [number: number, call: SimulatorCall][],
): Hono {
  const routes = new Hono();

  routes.get('/', async (c) => {
    c.header('Content-Security-Policy', policy);
    return c.html(page);
  });
  routes.get('/_simulator/page.css', (c) => c.body(style, 200, { 'Content-Type': 'text/css' }));
  routes.get('/_simulator/page.js', (c) => c.body(script, 200, { 'Content-Type': 'text/javascript' }));

  routes.get('/_simulator/overview', (c) => {
    const projectId = c.req.query('projectId') || simulator.first.projectId;
    if (!world.projects.has(projectId)) return c.json({ message: 'There is no such project.' }, 400);
    return c.json({
      ...overviewOf(world, projectId),
      faults: simulator.faults(),
      calls: lastCalls(projectId).map(([number, call]) => callLine(call, number)),
    });
  });

  return routes;
}
