import type { Probe } from '../probe.ts';

export const times: Probe = {
  name: 'times',
  question: 'How long do an instance, a volume and an attachment take?',
  makes: ['instance', 'volume'],
  async ask(lab) {
    const [instance, volume] = [await lab.instance(), await lab.volume()];
    const [bootMs, volumeMs, attachMs] = [instance.readyMs, volume.readyMs, await lab.attached()].map(
      Math.round,
    ) as [number, number, number];
    const [boot, create, attach] = [bootMs, volumeMs, attachMs].map((ms) => `${(ms / 1000).toFixed(1)} s`);
    return {
      says: `instance ${boot}, volume ${create}, attachment ${attach}`,
      settings: { bootMs, volumeMs, attachMs },
    };
  },
};
