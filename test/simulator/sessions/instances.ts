import type { Bench } from '../support.ts';

/** Everything that changes an instance, regroups it, bills it, or takes an image of it. */
export async function instanceSession(bench: Bench): Promise<void> {
  const { ok, clock, wanted, simulator } = bench;
  const look = async () => {
    for (const path of ['/instance', '/instance/group', '/snapshot', '/region/GRA11/instance'])
      await ok('GET', path);
    for (const { id } of simulator.state().instances) {
      await ok('GET', `/instance/${id}`);
      await ok('GET', `/instance/${id}/interface`);
      await ok('GET', `/region/GRA11/instance/${id}?withImage=true&withVolumes=true&withBackups=true`);
    }
  };
  const group = await ok('POST', '/instance/group', {
    name: 'apart',
    region: 'GRA11',
    type: 'anti-affinity',
  });
  const { id } = await bench.activeInstance({ groupId: group.id });
  await ok('GET', `/instance/group/${group.id}`);
  const bulk = await ok('POST', '/instance/bulk', { ...(await wanted()), number: 2 });
  await look();
  clock.advance(3000);
  for (const each of bulk) await ok('DELETE', `/instance/${each.id}`);

  const act = async (path: string, body?: object) => {
    await ok('POST', `/instance/${id}${path}`, body);
    await look();
    clock.advance(1500);
    await look();
    clock.advance(1500);
  };
  const { imageId, flavorId } = await wanted();
  await act('/reinstall', { imageId });
  const flavors = await ok('GET', '/flavor?region=GRA11');
  const larger = flavors.find((each: any) => each.name === 'b3-16' && each.osType === 'linux');
  await act('/resize', { flavorId: larger.id });
  await act('/shelve');
  await act('/unshelve');
  await act('/rescueMode', { rescue: true });
  await act('/rescueMode', { rescue: false });
  await act('/vnc');
  await bench.control('POST', `/instances/${id}/status`, { status: 'SUSPENDED' });
  await act('/resume');
  const { snapshotId } = await ok('POST', `/instance/${id}/snapshot`, { snapshotName: 'golden' });
  await look();
  clock.advance(1000);
  await ok('GET', `/snapshot/${snapshotId}`);
  const copy = await ok('POST', '/instance', {
    name: 'copy',
    region: 'GRA11',
    imageId: snapshotId,
    flavorId: larger.id,
  });
  clock.advance(3000);
  await look();
  await ok('DELETE', `/instance/${copy.id}`);
  await ok('DELETE', `/snapshot/${snapshotId}`);

  const [network] = await ok('GET', '/network/private');
  const { openstackId } = network.regions.find((each: any) => each.region === 'GRA11');
  const added = await ok('POST', `/instance/${id}/interface`, { networkId: openstackId, ip: '10.42.7.7' });
  await ok('GET', `/instance/${id}/interface/${added.id}`);
  await ok('DELETE', `/instance/${id}/interface/${added.id}`);

  const older = flavors.find((each: any) => each.name === 'b2-7' && each.osType === 'linux');
  const monthly = await ok('POST', '/instance', {
    name: 'old',
    region: 'GRA11',
    imageId,
    flavorId: older.id,
  });
  clock.advance(3000);
  await ok('POST', `/instance/${monthly.id}/activeMonthlyBilling`);
  await ok('POST', '/activateMonthlyBilling', { instances: [{ instanceId: monthly.id, region: 'GRA11' }] });
  await ok('POST', '/instance', await wanted({ flavorId, autobackup: { cron: '0 0 * * *', rotation: 3 } }));
  await look();
  for (const each of simulator.state().instances) await ok('DELETE', `/instance/${each.id}`);
  clock.advance(800);
  await ok('GET', `/region/GRA11/instance/${id}?deleted=true`);
  await ok('DELETE', `/instance/group/${group.id}`);
}
