import { answeredBy } from '../positions.ts';
import { outcomeOf } from '../reads.ts';
import type { Probe } from '../probe.ts';

export const attachAgain: Probe = {
  name: 'attach-again',
  question: 'What does attaching a volume answer that is attached already?',
  makes: ['instance', 'volume'],
  async ask(lab) {
    await lab.attached();
    const [instance, volume] = [await lab.instance(), await lab.volume()];
    return answeredBy(
      'attachAgain',
      await outcomeOf(lab.site.project.volumes.attach(volume.id, instance.id)),
    );
  },
};
