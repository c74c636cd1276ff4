import { notFoundOut, type Probe } from '../probe.ts';

export const quotaRam: Probe = {
  name: 'quota-ram',
  question: 'In which unit do quotas count RAM?',
  makes: ['instance'],
  async ask(lab) {
    await lab.instance();
    const { project, region, flavor, quota } = lab.site;
    const now = (await project.quotas.list()).find((each) => each.region === region);
    const added = (now?.instance?.usedRAM ?? NaN) - (quota?.instance?.usedRAM ?? NaN);
    if (added === flavor.ramGiB * 1024) return { says: 'MiB', settings: { switches: { quotaRam: 'MiB' } } };
    if (added === flavor.ramGiB) return { says: 'GiB', settings: { switches: { quotaRam: 'GiB' } } };
    return notFoundOut(`an instance of ${flavor.ramGiB} GiB changed it by ${added}`);
  },
};
