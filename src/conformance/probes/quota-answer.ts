import { excessOf } from '../excess.ts';
import { notFoundOut, type Probe } from '../probe.ts';
import { outcomeOf } from '../reads.ts';
import type { Lab } from '../lab.ts';

export const quotaAnswer: Probe = {
  name: 'quota-answer',
  question: 'What does creating beyond the quota answer?',
  makes: ['excess'],
  async ask(lab) {
    const excess = excessOf(lab.site);
    if (!excess) return notFoundOut('the quota is so large that no single small call exceeds it');
    const { refusal, value: id } = { value: '', ...(await outcomeOf(createExcess(lab, excess))) };
    const says = refusal && `${refusal.status}: ${refusal.reason}`;
    switch (refusal?.status) {
      case undefined:
        return taken(lab, excess, id);
      case 409:
        return { says: says ?? '', settings: { switches: { quotaAnswer: '409' } } };
      case 403:
        return { says: says ?? '', settings: { switches: { quotaAnswer: '403' } } };
      case 413:
        return { says: says ?? '', settings: { switches: { quotaAnswer: '413' } } };
      default:
        return { says: `${says}, which the simulator cannot do` };
    }
  },
};

type Excess = NonNullable<ReturnType<typeof excessOf>>;

async function createExcess(lab: Lab, excess: Excess): Promise<string> {
  const { project, region, image } = lab.site;
  if ('sizeGiB' in excess)
    return (await project.volumes.create(lab.volumeRequest('excess', { size: excess.sizeGiB }))).id;
  const { id: flavorId } = excess.flavor;
  const name = lab.name('excess');
  return (await project.instances.create({ name, region, flavorId, imageId: image.id })).id;
}

async function taken(lab: Lab, excess: Excess, id: string) {
  const { volumes, instances } = lab.site.project;
  const { status } = await lab.until<{ status: string }>(
    `creating ${id}`,
    () => ('sizeGiB' in excess ? volumes.get(id) : instances.get(id)),
    (seen) => /^(error|available|active)/i.test(seen.status),
  );
  if (!/^error/i.test(status)) return notFoundOut(`OVH made it all the same: it is ${status}`);
  return {
    says: 'it is taken, and ends in an error',
    settings: { switches: { quotaAnswer: 'accept-then-error' } } as const,
  };
}
