import type { Bench } from '../support.ts';

const gra = '/region/GRA11';

/** Regional networks, gateways, floating IPs and backups by schedule, from the first call to the last. */
export async function floatingIpSession(bench: Bench): Promise<void> {
  const { ok, clock, wanted } = bench;
  const finish = async ({ id }: { id: string }) => {
    for (const step of [0, 300, 700, 1000, 3000]) {
      clock.advance(step);
      await ok('GET', `/operation/${id}`);
    }
    return ok('GET', `/operation/${id}`);
  };
  const subnet = { cidr: '10.7.0.0/24', ipVersion: 4, enableDhcp: true, enableGatewayIp: true };
  const { resourceId: networkId } = await finish(
    await ok('POST', `${gra}/network`, { name: 'inside', vlanId: 7, subnet }),
  );
  const at = `${gra}/network/${networkId}`;
  const more = await ok('POST', `${at}/subnet`, {
    ...subnet,
    name: 'more',
    cidr: '10.8.0.0/24',
    allocationPools: [
      { start: '10.8.0.5', end: '10.8.0.9' },
      { start: '10.8.0.20', end: '10.8.0.29' },
    ],
    hostRoutes: [{ destination: '10.9.0.0/24', nextHop: '10.8.0.5' }],
  });
  await ok('GET', `${at}/subnet`);
  await ok('GET', '/network/private');
  const [{ id: subnetId }] = await ok('GET', `${at}/subnet`);
  const { resourceId: gatewayId } = await finish(
    await ok('POST', `${at}/subnet/${subnetId}/gateway`, { name: 'out', model: 's' }),
  );
  const gateway = `${gra}/gateway/${gatewayId}`;
  await ok('GET', `${gra}/gateway`);
  await ok('GET', `${gra}/gateway?subnetId=${subnetId}&withSubnets=true&limit=1`);
  await ok('GET', gateway);
  await ok('PUT', gateway, { name: 'wider', model: 'm' });
  await ok('POST', `${gateway}/expose`);
  const { id: interfaceId } = await ok('POST', `${gateway}/interface`, { subnetId: more.id });
  await ok('GET', `${gateway}/interface`);
  await ok('GET', `${gateway}/interface/${interfaceId}`);
  await ok('DELETE', `${gateway}/interface/${interfaceId}`);
  await ok('DELETE', `${at}/subnet/${more.id}`);

  const { id: instanceId } = await ok('POST', '/instance', await wanted({ networks: [{ networkId }] }));
  clock.advance(3000);
  const [{ ip }] = (await ok('GET', `/instance/${instanceId}`)).ipAddresses;
  const ofInstance = `${gra}/instance/${instanceId}`;
  const { resourceId: floatingIpId } = await finish(await ok('POST', `${ofInstance}/floatingIp`, { ip }));
  const floating = `${gra}/floatingip/${floatingIpId}`;
  await ok('GET', `${gra}/floatingip`);
  await ok('GET', floating);
  await ok('GET', ofInstance);
  await ok('GET', '/quota');
  await ok('POST', `${floating}/detach`);
  await ok('GET', floating);
  await finish(await ok('POST', `${ofInstance}/associateFloatingIp`, { ip, floatingIpId }));
  await ok('GET', floating);

  const schedule = { cron: '0 2 * * 1-5', rotation: 3 };
  const backups = `${gra}/workflow/backup`;
  const backup = await ok('POST', backups, { ...schedule, name: 'nightly', instanceId });
  await finish(await ok('POST', `${ofInstance}/autobackup`, schedule));
  await ok('GET', backups);
  await ok('GET', `${backups}/${backup.id}`);
  await ok('DELETE', `${backups}/${backup.id}`);
  await ok('POST', `/instance/${instanceId}/snapshot`, { snapshotName: 'golden' });
  await ok('POST', `${ofInstance}/abortSnapshot`);

  await ok('DELETE', `/instance/${instanceId}`);
  clock.advance(1000);
  await ok('GET', floating);
  await ok('DELETE', floating);
  await finish(await ok('DELETE', gateway));
  await ok('DELETE', at);
  await finish(
    await ok('POST', `${gra}/gateway`, {
      name: 'both',
      model: 'l',
      network: { name: 'both', subnet: { cidr: '10.9.0.0/24', ipVersion: 4, enableDhcp: false } },
    }),
  );
}
