import { expect, test } from 'vitest';
import { Watcher } from '../../../src/activities/looking/watcher.ts';
import { Ovh, OvhSchemaError, refuseUnread, type Volume } from '../../../src/ovh/index.ts';
import { createSimulator } from '../../../src/simulator/index.ts';

test('what could not be read of a list is known to all who share it', async () => {
  const simulator = createSimulator();
  const { projectId } = simulator.first;
  const { volumes } = new Ovh({
    endpoint: 'https://ovh.test/1.0',
    credentials: simulator.first,
    fetch: async (input, init) => simulator.fetch(new Request(input, init)),
  }).project(projectId);
  const record = { id: 'odd', name: 'web-1-data', region: 'GRA11', status: null };
  await simulator.fetch(
    new Request('https://ovh.test/_simulator/odd-records', {
      method: 'POST',
      body: JSON.stringify({ list: 'volume', record }),
    }),
  );
  const watcher = new Watcher<Volume>({
    list: (turn) => volumes.list('GRA11', turn),
    find: (id) => volumes.get(id),
    isAlive: () => true,
    lookers: () => 1,
    sawGone: () => undefined,
    sawIncomplete: () => undefined,
  });
  for (const list of await Promise.all([watcher.list(), watcher.list()])) {
    expect(list).toEqual([]);
    expect(() => refuseUnread(list, ({ name }) => name === 'web-1-data')).toThrow(OvhSchemaError);
    expect(() => refuseUnread(list, ({ name }) => name === 'web-2-data')).not.toThrow();
  }
});
