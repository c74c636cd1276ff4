import { answeredBy } from '../positions.ts';
import { outcomeOf } from '../reads.ts';
import type { Probe } from '../probe.ts';

export const deleteVolumeWithSnapshots: Probe = {
  name: 'delete-volume-with-snapshots',
  question: 'What does deleting a volume answer that snapshots were taken of?',
  makes: ['own volume', 'volume snapshot'],
  async ask(lab) {
    const { volumes, volumeSnapshots } = lab.site.project;
    const { id } = await lab.createVolume('with-snapshot');
    const snapshot = await volumes.snapshot(id, { name: lab.name('snapshot') });
    await lab.until(
      `taking snapshot ${snapshot.id}`,
      () => volumeSnapshots.get(snapshot.id),
      ({ status }) => status === 'available',
    );
    return answeredBy('deleteVolumeWithSnapshots', await outcomeOf(volumes.delete(id)));
  },
};
