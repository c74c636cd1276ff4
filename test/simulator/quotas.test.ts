import { expect, test } from 'vitest';
import { createBench } from './support.ts';

const answers = [
  ['409', 409, 'Client::MaxQuotaReached::'],
  ['403', 403, 'Client::Forbidden'],
  ['413', 413, 'Client::RequestEntityTooLarge'],
] as const;

test.each(answers)(
  'refuses what is beyond the quota: quotaAnswer=%s',
  async (quotaAnswer, status, errorClass) => {
    const quota = { maxInstances: 1, maxGigabytes: 15 };
    const { caller, wanted, ok } = createBench({ quota, switches: { quotaAnswer } });
    const body = await wanted();
    await ok('POST', '/instance', body);
    const refused = {
      status,
      body: { class: expect.stringContaining(errorClass), message: expect.stringMatching(/quota/i) },
    };
    expect(await caller.project('POST', '/instance', body)).toMatchObject(refused);
    const volume = { region: 'GRA11', size: 20, type: 'classic' };
    expect(await caller.project('POST', '/volume', volume)).toMatchObject(refused);
  },
);

test('takes what is beyond the quota and lets it end in error: quotaAnswer=accept-then-error', async () => {
  const quota = { maxInstances: 0, maxVolumeCount: 0 };
  const { activeInstance, availableVolume } = createBench({
    quota,
    switches: { quotaAnswer: 'accept-then-error' },
  });
  expect(await activeInstance()).toMatchObject({ status: 'ERROR', ipAddresses: [] });
  expect(await availableVolume()).toMatchObject({ status: 'error' });
});

test('counts each region for itself, and what is being deleted until it is gone', async () => {
  const { ok, caller, clock, control, wanted } = createBench();
  await control('POST', '/quota', { region: 'GRA11', maxInstances: 1 });
  const { id } = await ok('POST', '/instance', await wanted());
  await ok('POST', '/instance', await wanted({}, 'SBG5'));
  const again = async () => (await caller.project('POST', '/instance', await wanted())).status;
  expect(await again()).toBe(409);
  await ok('DELETE', `/instance/${id}`);
  expect(await again()).toBe(409);
  clock.advance(800);
  expect(await again()).toBe(200);
});
