import { randomBytes } from 'node:crypto';
import { expect, inject, onTestFinished, test } from 'vitest';
import { Mooring } from '../../src/client/index.ts';
import { startWorker } from '../../src/worker/worker.ts';
import { PATIENT } from '../support/patience.ts';
import { Stack } from '../support/stack.ts';
import { during } from '../support/until.ts';

const newKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;

test('a rollback waits where no key opens what another run was delivered, and leaves it once one does', async () => {
  const [k1, k2] = [newKey('k1'), newKey('k2')];
  const theirs = await Stack.start({ codecKey: `${k1},${k2}` });
  onTestFinished(() => theirs.stop());
  const project = theirs.project();
  const config = { ...theirs.config, taskQueue: `${theirs.config.taskQueue}-k2` };
  const having = (keys: string) => ({
    ...PATIENT,
    address: inject('temporalAddress'),
    env: { MOORING_CODEC_KEY: keys },
  });
  let worker = await startWorker(config, having(k2));
  onTestFinished(() => worker.stop());
  const ours = await Mooring.connect({ ...having(k2), taskQueue: config.taskQueue });
  onTestFinished(() => ours.close());
  const reader = await Mooring.connect(having(`${k2},${k1}`));
  onTestFinished(() => reader.close());

  // The second node is never made, so that the fleet stays open.
  project.fault({
    kind: 'status',
    status: 503,
    method: 'POST',
    path: '/instance',
    after: 1,
    times: 100_000,
  });
  const fleet = await ours.start('provisionFleet', project.fleet({ count: 2, maxConcurrent: 1 }));
  await during(fleet, async () => (await fleet.progress()).fleet?.ready === 1);
  const ref = { ...project.ref, name: 'web-001' };
  const { node } = project.fleet();
  const delivered = await theirs.mooring.start('provisionNodeWithVolume', { ...node, ...ref });
  expect(await delivered.result()).toMatchObject({ outcome: 'adopted' });

  await fleet.cancel();
  await during(fleet, async () => {
    const { undo } = await (await reader.get(ref)).progress();
    return undo?.things.some(({ why }) => why?.includes('a key opens'));
  });
  expect(project.nodeNames).toEqual(['web-001']);
  await worker.stop();
  worker = await startWorker(config, having(`${k2},${k1}`));
  const left = [...project.instances, ...project.volumes].map(({ id }) => ({ id }));
  await expect(fleet.result()).rejects.toMatchObject({ type: 'Cancelled', details: { left } });
  expect(project.nodeNames).toEqual(['web-001']);
});
