import { answeredBy } from '../positions.ts';
import { outcomeOf } from '../reads.ts';
import type { Probe } from '../probe.ts';

export const deleteBusyVolume: Probe = {
  name: 'delete-busy-volume',
  question: 'What does deleting a volume answer that is attached?',
  makes: ['instance', 'volume'],
  async ask(lab) {
    await lab.attached();
    const { id } = await lab.volume();
    return answeredBy('deleteBusyVolume', await outcomeOf(lab.site.project.volumes.delete(id)));
  },
};
