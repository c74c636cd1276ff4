import { Hono } from 'hono';

import { flavors } from '../catalogue/flavors.ts';
import { regionStatuses, regionsByName } from '../catalogue/regions.ts';
import type { RateLimit } from '../http/rate-limit.ts';
import { regionView } from '../operations/regions.ts';
import { defaultDelays } from '../options.ts';
import { parseSwitches } from '../switches.ts';
import { defaultQuota } from '../world/quota.ts';
import type { SimulatorCredentials, World } from '../world/world.ts';
import { checkNumbers, readObject } from './input.ts';
import { findProject } from './things.ts';

/** What OVH decides and a client has to live with: delays, switches, quotas, stock, and regions that go down. */
export function circumstanceRoutes(world: World, first: SimulatorCredentials, rateLimit: RateLimit): Hono {
  const routes = new Hono();

  routes.get('/switches', (c) => c.json(world.switches));
  routes.post('/switches', async (c) => {
    Object.assign(world.switches, parseSwitches(await readObject(c)));
    return c.json(world.switches);
  });

  routes.get('/settings', (c) => c.json({ ...world.delays, rateLimit: rateLimit.perSecond }));
  routes.post('/settings', async (c) => {
    const settings = checkNumbers(await readObject(c), { ...defaultDelays, rateLimit: 0 });
    const { rateLimit: perSecond = rateLimit.perSecond, ...delays } = settings;
    Object.assign(world.delays, delays);
    rateLimit.perSecond = perSecond;
    return c.json({ ...world.delays, rateLimit: perSecond });
  });

  routes.post('/quota', async (c) => {
    const { projectId = first.projectId, region, ...limits } = await readObject(c);
    const { quota } = findProject(world, projectId);
    const changed = checkNumbers(limits, defaultQuota);
    for (const [name, current] of quota) {
      if (region === undefined || region === name) Object.assign(current, changed);
    }
    return c.json(Object.fromEntries(quota));
  });

  routes.post('/flavors', async (c) => {
    const { name, region, available } = await readObject(c);
    const meant = flavors.filter(
      (each) => each.name === name && (region === undefined || each.region === region),
    );
    if (meant.length === 0 || typeof available !== 'boolean') {
      throw new TypeError('Say the name of a flavor, its region if not all, and whether it is available.');
    }
    for (const { id } of meant) world.outOfStock[available ? 'delete' : 'add'](id);
    return c.json(null);
  });

  routes.post('/regions/:name/status', async (c) => {
    const region = regionsByName.get(c.req.param('name'));
    const { status, reads = false } = await readObject(c);
    const wanted = regionStatuses.find((each) => each === status);
    if (!region)
      throw new TypeError(`There is no such region; there are ${[...regionsByName.keys()].join(', ')}.`);
    if (!wanted) throw new TypeError(`The status of a region is one of ${regionStatuses.join(', ')}.`);
    world.regionStatus.set(region.name, { status: wanted, reads: reads === true });
    return c.json(regionView(region, world));
  });

  return routes;
}
