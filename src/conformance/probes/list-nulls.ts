import { notFoundOut, type Probe } from '../probe.ts';

export const listNulls: Probe = {
  name: 'list-nulls',
  question: 'Do lists of instances say null where one instance embeds its flavor and image, or nothing?',
  makes: [],
  async ask(lab) {
    await lab.site.project.instances.list();
    const [first] = JSON.parse(lab.site.last('GET')?.text ?? '[]') as Record<string, unknown>[];
    if (!first) return notFoundOut('the project has no instance that a list could show');
    if (first['flavor']) return notFoundOut('lists embed the flavor');
    const position = Object.hasOwn(first, 'flavor') ? 'null' : 'absent';
    const says = { null: 'null', absent: 'nothing' }[position];
    return { says, settings: { switches: { listNulls: position } } };
  },
};
