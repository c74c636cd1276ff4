import type { Probe } from '../probe.ts';

export const addresses: Probe = {
  name: 'addresses',
  question: 'Does an instance have its addresses as soon as it is ACTIVE?',
  makes: ['instance'],
  async ask(lab) {
    const { ready } = await lab.instance();
    const there = ready.ipAddresses.length > 0;
    return {
      says: there ? 'they come with ACTIVE' : 'they come later',
      settings: { switches: { addresses: there ? 'with-active' : 'after-active' } },
    };
  },
};
