import type { Bench } from '../support.ts';

/** Snapshots and backups of volumes, and what is made from them. */
export async function volumeSession(bench: Bench): Promise<void> {
  const { ok, clock, simulator } = bench;
  const look = async () => {
    for (const path of ['/volume', '/volume/snapshot', '/region/GRA11/volume', '/region/GRA11/volumeBackup'])
      await ok('GET', path);
    for (const { id } of simulator.state().volumeSnapshots) await ok('GET', `/volume/snapshot/${id}`);
  };
  const volume = await bench.availableVolume();
  const take = async () =>
    ok('POST', `/volume/${volume.id}/snapshot/`, { name: 'golden', description: null });
  const [first] = [await take(), await take()];
  await look();
  clock.advance(1000);
  await look();
  await ok('POST', '/volume', { region: 'GRA11', size: 20, type: 'classic', snapshotId: first.id });
  const { imageId } = await bench.wanted();
  const boot = await bench.availableVolume({ imageId, size: 60 });
  const { flavorId } = await bench.wanted();
  await ok('POST', '/instance', { name: 'booted', region: 'GRA11', flavorId, volumeId: boot.id });
  await look();
  clock.advance(3000);
  await look();
  await ok('DELETE', `/volume/snapshot/${first.id}`);
  await look();
  await ok('POST', `/region/GRA11/volume/${volume.id}/bulkDeleteSnapshots`, { deleteAll: true });
  clock.advance(800);

  const backup = await ok('POST', '/region/GRA11/volumeBackup', { volumeId: volume.id, name: 'nightly' });
  await look();
  clock.advance(1000);
  await look();
  await ok('GET', `/region/GRA11/volumeBackup/${backup.id}`);
  await ok('POST', `/region/GRA11/volumeBackup/${backup.id}/restore`, { volumeId: volume.id });
  await look();
  clock.advance(1000);
  await ok('POST', `/region/GRA11/volumeBackup/${backup.id}/volume`, { name: 'restored' });
  await look();
  await ok('DELETE', `/region/GRA11/volumeBackup/${backup.id}`);
  await look();
  clock.advance(1000);
  await look();
}
