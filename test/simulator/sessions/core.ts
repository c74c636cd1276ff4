import type { Bench } from '../support.ts';

/** Does everything once, in varied states, and looks at everything before and after. */
export async function coreSession(bench: Bench): Promise<void> {
  const { ok, caller, clock } = bench;
  const look = async () => {
    for (const path of ['/instance', '/volume', '/sshkey', '/quota', '/flavor']) await ok('GET', path);
    const state = bench.simulator.state();
    for (const { id } of state.instances) await caller.project('GET', `/instance/${id}`);
    for (const { id } of state.volumes) await caller.project('GET', `/volume/${id}`);
  };
  await caller.call('GET', '/auth/time');
  await caller.call('GET', '/order/catalog/public/cloud?ovhSubsidiary=FR');
  await caller.call('POST', '/auth/credential', {
    accessRules: [{ method: 'GET', path: '/*' }],
    allowedIPs: null,
  });
  await caller.call('GET', '/auth/currentCredential');
  await caller.call('GET', '/auth/details');
  const [projectId] = (await caller.call('GET', '/cloud/project')).body;
  await caller.call('GET', `/cloud/project/${projectId}`);
  for (const region of await ok('GET', '/region')) await ok('GET', `/region/${region}`);
  const [flavor] = await ok('GET', '/flavor?region=SBG5');
  await ok('GET', `/flavor/${flavor.id}`);
  for (const image of await ok('GET', '/image?osType=linux')) await ok('GET', `/image/${image.id}`);
  await ok('GET', '/quota?categories=volume,keypair');
  await ok('GET', '/network/public');
  const [network] = await ok('GET', '/network/private');
  await ok('GET', `/network/private/${network.id}`);
  await ok('GET', `/network/private/${network.id}/subnet`);

  const key = await ok('POST', '/sshkey', {
    name: 'laptop',
    publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me',
  });
  await ok('GET', `/sshkey/${key.id}`);
  const networks = [{ networkId: network.regions[0].openstackId, ip: '10.42.0.9' }];
  const privateOne = await ok('POST', '/instance', await bench.wanted({ networks, sshKeyId: key.id }));
  await look();
  const instance = await bench.activeInstance({ sshKeyId: key.id, userData: '#cloud-config' });
  await ok('POST', '/instance', await bench.wanted({ availabilityZone: 'eu-west-par-b' }, 'EU-WEST-PAR'));
  await ok('PUT', `/instance/${instance.id}`, { instanceName: 'renamed' });
  await look();
  const volume = await ok('POST', '/volume', { region: 'GRA11', size: 10, type: 'high-speed', name: 'data' });
  await look();
  clock.advance(1000);
  await ok('PUT', `/volume/${volume.id}`, { name: 'renamed', description: 'text' });
  await ok('POST', `/volume/${volume.id}/attach`, { instanceId: instance.id });
  await look();
  clock.advance(800);
  await look();
  await ok('POST', `/volume/${volume.id}/upsize`, { size: 20 });
  await look();
  clock.advance(1000);
  await ok('POST', `/volume/${volume.id}/detach`, { instanceId: instance.id });
  await look();
  clock.advance(800);
  for (const act of [{ path: 'stop' }, { path: 'start' }, { path: 'reboot', body: { type: 'hard' } }]) {
    await ok('POST', `/instance/${instance.id}/${act.path}`, act.body);
    await look();
    clock.advance(1500);
    await look();
  }
  await ok('DELETE', `/sshkey/${key.id}`);
  await ok('DELETE', `/volume/${volume.id}`);
  await ok('DELETE', `/instance/${instance.id}`);
  await ok('DELETE', `/instance/${privateOne.id}`);
  await look();
  clock.advance(800);
  await look();
}
