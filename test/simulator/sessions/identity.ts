import type { Bench } from '../support.ts';

/** Who calls, under which name and until when, and where their project reaches. */
export async function identitySession({ caller, ok, clock }: Bench): Promise<void> {
  const me = (await caller.call('GET', '/me')).body;
  await caller.call('PUT', '/me', { ...me, firstname: 'Ada', country: 'BE', language: 'fr_FR' });
  await caller.call('GET', '/me');
  await ok('PUT', '', { description: 'renamed' });
  await ok('GET', '');
  await ok('GET', '/regionAvailable');
  await ok('POST', '/region', { region: 'WAW1' });
  clock.advance(1000);
  await ok('GET', '/region/WAW1');
  await ok('GET', '/region/WAW1/quota');
  await caller.call('GET', '/auth/details');
  await caller.call('POST', '/auth/token');
  await caller.call('POST', '/auth/logout');
  await caller.call('GET', '/me');
}
