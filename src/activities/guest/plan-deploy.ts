import type { Baseline, CheckedDeployInput, DeployPlan, InstanceStatus } from '../../contract/index.ts';
import { finalFailure } from '../exactly-once/to-failure.ts';
import { nodeOf } from '../inspect.ts';
import { withFloatingIp } from '../inventory/floating-ips.ts';
import type { ServedProject } from '../project.ts';
import type { GuestAccess } from './guest-access.ts';
import { hostKeysOf, planGuest } from './plan-guest.ts';

export function deployPlanner({ guests }: { guests: GuestAccess }) {
  return {
    /**
     * How what is asked for gets into a node that stands. Refuses what cannot be before anything is begun. Reads only.
     *
     * @throws OvhNotFound, NodeDiffers, PreflightFailed, HostKeyUnknown
     */
    async planDeploy(
      project: ServedProject,
      request: CheckedDeployInput,
      baseline: Baseline,
    ): Promise<DeployPlan> {
      const { place } = baseline;
      const instance = await withFloatingIp(project, place.region, standing(request, baseline));
      const stands = { ...baseline, instances: [instance] };
      const { ssh, as, steps } = request;
      const key = ssh.key ?? (await guests.keys.only());
      const wanted = {
        ssh: { ...ssh, key },
        deploy: { as, steps },
        ready: {
          until: 'ssh',
          command: null,
          from: 'worker',
          cloudInit: { degraded: 'accept', error: 'accept' },
        },
        sshKey: null,
      } as const;
      const guest = await planGuest(guests, place, wanted, { login: instance.imageUser, keys: undefined });
      if (!guest) throw new Error('there is nothing to deploy');
      const node = await nodeOf(project, request, stands, hostKeysOf(guests, place.mark, ssh.hostKey), ssh);
      if (!node) throw new Error('there is no instance');
      return { instance, guest, node };
    },
  };
}

function standing({ name, ifInstanceId }: CheckedDeployInput, { instances }: Baseline): InstanceStatus {
  const [instance, ...more] = instances;
  if (!instance) throw finalFailure('OvhNotFound', `node ${name} has no instance, so nothing can run in it`);
  const refuse = (why: string) => {
    throw finalFailure('NodeDiffers', `${why}; nothing was begun`);
  };
  if (more.length > 0)
    refuse(`node ${name} has ${instances.length} instances: ${instances.map(({ id }) => id).join(', ')}`);
  if (ifInstanceId !== undefined && ifInstanceId !== instance.id)
    refuse(`the instance of node ${name} is ${instance.id}, not ${ifInstanceId}`);
  if (instance.status !== 'ACTIVE') refuse(`instance ${instance.name} is ${instance.status}, not ACTIVE`);
  return instance;
}
