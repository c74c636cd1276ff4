import { notFoundOut, type Probe } from '../probe.ts';

export const flavorNames: Probe = {
  name: 'flavor-names',
  question: 'Do Windows flavors share the names of the Linux flavors of their size?',
  makes: [],
  async ask(lab) {
    const named = (os: string) =>
      lab.site.flavors.filter(({ osType }) => osType === os).map(({ name }) => name);
    const linux = new Set(named('linux'));
    const windows = named('windows');
    if (windows.length === 0) return notFoundOut('the region sells no Windows flavor');
    const shared = windows.find((name) => linux.has(name));
    if (shared !== undefined)
      return { says: `both, as ${shared}`, settings: { switches: { flavorNames: 'shared' } } };
    const prefixed = windows.find((name) => linux.has(name.replace(/^win-/, '')));
    if (prefixed === undefined) return notFoundOut(`no Linux flavor is called like ${windows[0]}`);
    return {
      says: `no, they begin with win-, as ${prefixed}`,
      settings: { switches: { flavorNames: 'win-prefix' } },
    };
  },
};
