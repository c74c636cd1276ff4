import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { Watcher, type Turn } from '../../../src/activities/looking/watcher.ts';
import { FIRST_LOOKS, ServedProject } from '../../../src/activities/project.ts';
import { Ovh } from '../../../src/ovh/index.ts';
import { createSimulator, serveSimulator } from '../../../src/simulator/index.ts';

interface Thing {
  id: string;
  readyAt: number;
}

function source(things: Thing[], latencyMs = 20, lookers = 1) {
  const calls = { list: [] as number[], get: 0 };
  return {
    calls,
    isAlive: () => true,
    lookers: () => lookers,
    sawGone: () => undefined,
    sawIncomplete: () => undefined,
    list: async ({ beforeSend }: Turn) => {
      beforeSend();
      calls.list.push(performance.now());
      await sleep(latencyMs);
      return things;
    },
    find: async (id: string) => {
      calls.get += 1;
      await sleep(latencyMs);
      return things.find((thing) => thing.id === id);
    },
  };
}

const things = Array.from({ length: 100 }, (_, index) => ({ id: `i-${index}`, readyAt: 0 }));

test('a lone waiter looks by id', async () => {
  const at = source(things);
  const watcher = new Watcher<Thing>(at);
  expect(await watcher.waiting(() => watcher.look('i-3'))).toMatchObject({ id: 'i-3' });
  expect(at.calls).toMatchObject({ list: [], get: 1 });
});

test.each([
  { lookers: 1, most: 10 },
  { lookers: 3, most: 3 },
])(
  'a hundred who look as they like share about two lists a second of $lookers workers',
  async ({ lookers, most }) => {
    const at = source(things, 20, lookers);
    const watcher = new Watcher<Thing>(at);
    const until = performance.now() + 2000;
    await Promise.all(
      things.map(({ id }, index) =>
        watcher.waiting(async () => {
          await sleep(index * 7);
          while (performance.now() < until) {
            expect(await watcher.look(id)).toMatchObject({ id });
            await sleep(100);
          }
        }),
      ),
    );
    expect(at.calls.list.length).toBeLessThanOrEqual(most);
    expect(at.calls.get).toBeLessThanOrEqual(2);
  },
);

test('a look is answered only by a list that began after it was asked', async () => {
  const at = source(things, 50);
  const watcher = new Watcher<Thing>(at);
  await watcher.waiting(() =>
    watcher.waiting(async () => {
      const asked: number[] = [];
      await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          await sleep(index * 13);
          const before = performance.now();
          const lists = at.calls.list.length;
          await watcher.look('i-1');
          asked.push(before);
          const answering = at.calls.list.slice(lists);
          expect(answering.length).toBeGreaterThan(0);
          expect(answering[0]).toBeGreaterThanOrEqual(before);
        }),
      );
      expect(asked).toHaveLength(20);
    }),
  );
});

test('a list is patient for those who wait, and no longer once somebody holds something back until it is answered', async () => {
  const turns: Turn[] = [];
  const answers: (() => void)[] = [];
  const list = (turn: Turn) => {
    turns.push(turn);
    return new Promise<Thing[]>((resolve) => answers.push(() => resolve(things)));
  };
  const watcher = new Watcher<Thing>({ ...source(things), list });
  const waits = ['i-1', 'i-2'].map((id) => watcher.waiting(() => watcher.look(id)));
  await vi.waitUntil(() => turns.length === 1);
  expect(turns[0]?.isPatient()).toBe(true);
  const holder = watcher.list();
  expect(turns[0]?.isPatient()).toBe(false);
  answers[0]?.();
  expect(await holder).toBe(things);
  expect(turns[0]?.isPatient()).toBe(true);
  await Promise.all(waits);
});

/** A list that can be cut short, of things that can be gone. */
function cloud(ids: string[]) {
  const alive = new Set(ids);
  const seen: { missing: string[]; isNews: boolean }[] = [];
  const at = { alive, seen, gets: 0, hidden: new Set<string>() };
  const watcher = new Watcher<{ id: string }>({
    list: async ({ beforeSend }) => {
      beforeSend();
      return [...alive].filter((id) => !at.hidden.has(id)).map((id) => ({ id }));
    },
    find: async (id) => {
      at.gets += 1;
      return alive.has(id) ? { id } : undefined;
    },
    isAlive: () => true,
    lookers: () => 1,
    sawGone: () => undefined,
    sawIncomplete: (missing, isNews) => void seen.push({ missing, isNews }),
  });
  return Object.assign(at, { watcher });
}

test('a list that leaves out what stands is asked again, is told once as news, and is never believed', async () => {
  const at = cloud(['a', 'b', 'c']);
  await at.watcher.list();
  at.hidden.add('b');
  await expect(at.watcher.list()).rejects.toThrow("OVH's list leaves out b, which stands");
  expect(at.seen).toEqual([
    { missing: ['b'], isNews: true },
    { missing: ['b'], isNews: false },
  ]);
  at.hidden.clear();
  expect(await at.watcher.list()).toHaveLength(3);
});

test('what is gone by its id is missed in no list, and looked at once', async () => {
  const at = cloud(Array.from({ length: 200 }, (_, index) => `i-${index}`));
  await at.watcher.list();
  for (let index = 0; index < 150; index += 1) at.alive.delete(`i-${index}`);
  expect(await at.watcher.list()).toHaveLength(50);
  expect(await at.watcher.list()).toHaveLength(50);
  expect({ gets: at.gets, seen: at.seen }).toEqual({ gets: 150, seen: [] });
});

test('what was seen a moment ago, by a list or by its id, is not looked at again', async () => {
  const at = cloud(['a', 'b']);
  await at.watcher.list();
  expect(await at.watcher.recent('a')).toEqual({ id: 'a' });
  expect(at.gets).toBe(0);
  at.alive.add('c');
  expect(await at.watcher.recent('c')).toEqual({ id: 'c' });
  expect(await at.watcher.recent('c')).toEqual({ id: 'c' });
  expect(at.gets).toBe(1);
});

test('what a list of one region has shown to be gone, the list of the whole project does not look at again', async () => {
  const simulator = createSimulator({ volumeMs: 0, deleteMs: 0 });
  const { endpoint, close } = await serveSimulator(simulator);
  const { projectId, ...credentials } = simulator.first;
  const ovh = new Ovh({ endpoint, credentials });
  const common = { alias: 'main', owner: 'tests', settleMs: 1000, subsidiary: 'FR', isReal: false };
  const project = new ServedProject({ ...common, projectId, ovh, firstLooks: FIRST_LOOKS });
  const { volumes } = ovh.project(projectId);
  const made = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      volumes.create({ name: `v-${index}`, region: 'GRA11', size: 10, type: 'classic' }),
    ),
  );
  const [region, whole] = [project.volumes('GRA11'), project.volumes()];
  for (const watcher of [region, whole]) expect(await watcher.list()).toHaveLength(10);
  for (const { id } of made) await volumes.delete(id);
  const byId = () =>
    simulator.calls().filter(({ method, path }) => method === 'GET' && /\/volume\/[^/]+$/.test(path)).length;
  expect(await region.list()).toEqual([]);
  expect(byId()).toBe(10);
  expect(await whole.list()).toEqual([]);
  expect(byId()).toBe(10);
  await close();
});
