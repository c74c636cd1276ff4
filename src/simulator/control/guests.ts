import { Hono } from 'hono';

import { parseGuestFault, type GuestAct, type GuestFault } from '../guests/guest-fault.ts';
import type { Guests } from '../guests/guests.ts';
import { readObject } from './input.ts';

/** The machines behind the instances: what they are, what is wrong with them, and what happens to them. */
export function guestRoutes(guests: Guests | undefined): Hono {
  const routes = new Hono().basePath('/guests');
  const there = () => {
    if (!guests) throw new TypeError('This simulator has no guests; start it with --guests.');
    return guests;
  };

  routes.get('/', async (c) => c.json((await guests?.views()) ?? []));

  routes.get('/faults', (c) => c.json(guests?.faults.all() ?? []));
  routes.post('/faults', async (c) => {
    await there().addFault(parseGuestFault(await readObject(c)));
    return c.json(there().faults.all(), 201);
  });
  routes.delete('/faults', async (c) => {
    await there().clearFaults();
    return c.json(null);
  });

  routes.post('/acts', async (c) => {
    // Which acts there are the guests say; whom one is meant for is a test's to say rightly.
    const { act, ...meant } = (await readObject(c)) as { act: GuestAct } & Pick<
      GuestFault,
      'instance' | 'projectId'
    >;
    return c.json({ guests: await there().act(act, meant) });
  });

  routes.post('/addresses', async (c) => {
    const { reuse } = await readObject(c);
    if (typeof reuse !== 'boolean') throw new TypeError('reuse says whether addresses are given again.');
    there().reusesAddresses = reuse;
    return c.json({ reuse });
  });

  return routes;
}
