import { notFoundOut, type Probe } from '../probe.ts';

export const detailLag: Probe = {
  name: 'detail-lag',
  question: 'Does a look by id lag as the lists do?',
  makes: ['instance', 'volume'],
  async ask(lab) {
    const things = [await lab.instance(), await lab.volume()];
    if (things.some(({ hiddenAtFirst }) => hiddenAtFirst))
      return { says: '404 right after creation', settings: { switches: { detailLag: 'on' } } };
    if (things.every(({ listedMs }) => listedMs === 0)) return notFoundOut('nothing lagged this time');
    return {
      says: 'it was there at once, while the list lagged',
      settings: { switches: { detailLag: 'off' } },
    };
  },
};
