import { resourceOf } from '../../ovh/index.ts';
import { excessOf } from '../excess.ts';
import { notFoundOut, type Probe } from '../probe.ts';
import { outcomeOf, unlessGone } from '../reads.ts';

export const failedOperation: Probe = {
  name: 'failed-operation',
  question: 'What does an operation that fails leave behind?',
  makes: ['excess'],
  async ask(lab) {
    const { project, region } = lab.site;
    const excess = excessOf(lab.site);
    if (!excess || !('sizeGiB' in excess))
      return notFoundOut('the quota is so large that no order beyond it makes an operation fail');
    const { name, type } = lab.volumeRequest('failing');
    const order = await outcomeOf(
      project.regional(region).volumes.create({ name, type, size: excess.sizeGiB }),
    );
    if (order.refusal) return notFoundOut(`OVH refused the order at once: ${order.refusal.reason}`);
    const ended = await lab.until(
      `operation ${order.value.id}`,
      () => project.operations.get(order.value.id),
      ({ status }) => ['completed', 'in-error', 'canceled'].includes(status),
    );
    if (ended.status === 'completed') return notFoundOut('the order beyond the quota succeeded');
    const id = resourceOf(ended);
    const left = id === undefined ? undefined : await unlessGone(project.volumes.get(id));
    if (!left) return { says: 'nothing', settings: { switches: { failedOperation: 'nothing' } } };
    return {
      says: `a volume that is ${left.status}`,
      settings: { switches: { failedOperation: 'resource' } },
    };
  },
};
