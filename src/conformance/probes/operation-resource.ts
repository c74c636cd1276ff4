import { resourceOf, type Operation } from '../../ovh/index.ts';
import { notFoundOut, type Probe } from '../probe.ts';

export const operationResource: Probe = {
  name: 'operation-resource',
  question: 'Where does an operation name the instance that it makes, and when?',
  makes: ['own instance'],
  async ask(lab) {
    const { project, region, flavor, image } = lab.site;
    const began = performance.now();
    const order = await project.regional(region).instances.create({
      name: lab.name('ordered'),
      billingPeriod: 'hourly',
      bootFrom: { imageId: image.id },
      flavor: { id: flavor.id },
      network: { public: true },
    });
    const named = await lab.until(
      `operation ${order.id}`,
      () => project.operations.get(order.id),
      (operation) => resourceOf(operation) !== undefined || isOver(operation),
    );
    const operationMs = Math.round(performance.now() - began);
    await lab.until(`operation ${order.id}`, () => project.operations.get(order.id), isOver);
    if (resourceOf(named) === undefined) return notFoundOut('it named nothing');
    const where = named.resourceId ? 'resource' : 'sub-operation';
    const after = `after ${(operationMs / 1000).toFixed(1)} s`;
    return {
      says: `${where === 'resource' ? 'itself' : 'in its sub-operations'}, ${after}`,
      settings: { operationMs, switches: { operationResource: where } },
    };
  },
};

const isOver = ({ status }: Operation) => ['completed', 'in-error', 'canceled'].includes(status);
