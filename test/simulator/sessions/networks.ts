import type { Bench } from '../support.ts';

/** Private networks from the first call to the last. */
export async function networkSession(bench: Bench): Promise<void> {
  const { ok, clock } = bench;
  const network = await ok('POST', '/network/private', { name: 'backend', vlanId: 7, regions: ['GRA11'] });
  const at = `/network/private/${network.id}`;
  await ok('GET', at);
  clock.advance(1000);
  await ok('POST', `${at}/region`, { region: 'SBG5' });
  await ok('GET', '/network/private');
  clock.advance(1000);
  await ok('PUT', at, { name: 'renamed' });
  const subnet = await ok('POST', `${at}/subnet`, {
    network: '10.7.0.0/24',
    start: '10.7.0.1',
    end: '10.7.0.9',
    region: 'GRA11',
    dhcp: true,
    noGateway: false,
  });
  await ok('GET', `${at}/subnet`);
  const [{ id }] = await ok('GET', '/region/GRA11/network').then((all) =>
    all.filter((each: any) => each.vlanId === 7),
  );
  const inRegion = `/region/GRA11/network/${id}`;
  await ok('GET', inRegion);
  await ok('GET', `${inRegion}/subnet`);
  await ok('GET', `${inRegion}/subnet/${subnet.id}`);
  await ok('DELETE', `${at}/subnet/${subnet.id}`);
  await ok('DELETE', at);
}
