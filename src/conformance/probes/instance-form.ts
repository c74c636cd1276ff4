import { notFoundOut, type Probe } from '../probe.ts';

export const instanceForm: Probe = {
  name: 'instance-form',
  question: 'Does one instance name its flavor and image by ids, or embed them?',
  makes: ['instance'],
  async ask(lab) {
    const { id } = await lab.instance();
    await lab.site.project.instances.get(id);
    const seen = JSON.parse(lab.site.last('GET')?.text ?? '{}') as Record<string, unknown>;
    const [ids, embedded] = [Boolean(seen['flavorId']), Boolean(seen['flavor'])];
    if (!ids && !embedded) return notFoundOut('it has neither flavorId nor flavor');
    const form = ids && embedded ? 'both' : ids ? 'ids' : 'embedded';
    const says = { both: 'both', ids: 'ids alone', embedded: 'embedded objects alone' }[form];
    return { says, settings: { switches: { instanceForm: form } } };
  },
};
