import type { Bench } from '../support.ts';

/** The calls that answer with operations, in a region of several zones. */
export async function regionalSession(bench: Bench): Promise<void> {
  const { ok, clock, wanted, simulator } = bench;
  const paris = '/region/EU-WEST-PAR';
  const look = async () => {
    await ok('GET', '/operation');
    for (const { id } of simulator.state().operations) await ok('GET', `/operation/${id}`);
    for (const path of ['/volume', '/instance', `${paris}/volume`, `${paris}/instance`])
      await ok('GET', path);
  };
  const pass = async () => {
    for (const step of [0, 100, 400, 1000, 3000]) {
      clock.advance(step);
      await look();
    }
  };
  await ok('GET', `${paris}/volumeType`);
  const availabilityZone = 'eu-west-par-a';
  const volume = { name: 'data', description: 'd', size: 10, type: 'high-speed', availabilityZone };
  await ok('POST', `${paris}/volume`, volume);
  await pass();
  const [{ id }] = await ok('GET', `${paris}/volume`);
  await ok('GET', `${paris}/volume/${id}`);
  await ok('PUT', `${paris}/volume/${id}`, { name: 'renamed', size: 20 });
  await pass();

  const { imageId, flavorId } = await wanted({}, 'EU-WEST-PAR');
  const instance = {
    name: 'web',
    billingPeriod: 'hourly',
    bootFrom: { imageId },
    flavor: { id: flavorId },
    network: { public: true },
    sshKeyCreate: { name: 'laptop', publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me' },
    availabilityZone,
  };
  await ok('POST', `${paris}/instance`, { ...instance, bulk: 2 });
  await pass();
  const [made] = await ok('GET', `${paris}/instance`);
  await ok('GET', `${paris}/instance/${made.id}`);
  await ok('POST', `/volume/${id}/attach`, { instanceId: made.id });
  await pass();
  await ok('GET', `${paris}/instance/${made.id}?withVolumes=true`);
  await ok('POST', `${paris}/instance/${made.id}/snapshot`, { snapshotName: 'golden' });
  await ok('POST', `${paris}/instance/${made.id}/reinstall`, { imageId, imageRegionName: 'EU-WEST-PAR' });
  await ok('GET', `/operation?instanceId=${made.id}`);
  await pass();

  // A subnet can be chosen here, and nowhere else.
  const [network] = await ok('GET', '/network/private');
  const subnets = await ok('GET', `/network/private/${network.id}/subnet`);
  const here = (each: any) => each.region === 'EU-WEST-PAR';
  const inside = {
    id: network.regions.find(here).openstackId,
    subnetId: subnets.find((each: any) => each.ipPools.some(here)).id,
  };
  await ok('POST', `${paris}/instance`, {
    ...instance,
    sshKeyCreate: null,
    network: { private: { network: inside } },
  });
  await pass();
}
