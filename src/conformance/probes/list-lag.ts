import type { Probe } from '../probe.ts';

export const listLag: Probe = {
  name: 'list-lag',
  question: 'How long until a list shows what was created?',
  makes: ['instance', 'volume'],
  async ask(lab) {
    const [instance, volume] = [await lab.instance(), await lab.volume()];
    const listLagMs = Math.round(Math.max(instance.listedMs, volume.listedMs));
    return {
      says: `instance ${seconds(instance.listedMs)}, volume ${seconds(volume.listedMs)}`,
      settings: { listLagMs },
    };
  },
};

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
