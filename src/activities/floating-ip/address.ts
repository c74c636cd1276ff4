import type { FloatingIpAct, Port, ServerTime } from '../../contract/index.ts';
import { required } from '../../contract/required.ts';
import { timing } from '../../contract/timing.ts';
import type { FloatingIp } from '../../ovh/index.ts';
import type { Attempt } from '../exactly-once/attempt.ts';
import { finalFailure, notReady } from '../exactly-once/to-failure.ts';
import { isTiedTo, portsOf } from '../inventory/floating-ips.ts';
import type { ServedProject } from '../project.ts';

export interface Circumstances {
  attempt: Attempt;
  deadline: ServerTime;
}

/** The private address of an instance that a floating IP comes in at. */
export class Address {
  readonly #project: ServedProject;
  readonly #act: FloatingIpAct;
  readonly #how: Circumstances;
  #port: Port | undefined;

  constructor(project: ServedProject, act: FloatingIpAct, how: Circumstances) {
    this.#project = project;
    this.#act = act;
    this.#how = how;
  }

  /** @throws NotReady while the instance has none; InstanceFailed where it is gone. */
  async port(): Promise<Port> {
    const { instance, networkId, place } = this.#act;
    const { attempt, deadline } = this.#how;
    [this.#port] = this.#port ? [this.#port] : await portsOf(this.#project, instance.id, networkId);
    if (this.#port) return this.#port;
    const unclear = !attempt.isFirst;
    if (!(await this.#project.instances(place.region).find(instance.id)))
      throw finalFailure(
        'InstanceFailed',
        `instance ${instance.name} (${instance.id}) is gone: somebody deleted it`,
        unclear,
      );
    const sentence = `instance ${instance.name} has no address in its private network`;
    if (attempt.now() > deadline) throw finalFailure('DeadlineExceeded', sentence, unclear);
    throw notReady(`${sentence} yet`, timing.soonMs);
  }

  /** What comes in there now: a list says which, a look by id whether it is so. */
  async tied(): Promise<FloatingIp | undefined> {
    const watcher = this.#project.floatingIps(this.#act.place.region);
    const ports = [await this.port()];
    const listed = (await watcher.list()).find((each) => isTiedTo(each, ports));
    const now = listed && (await watcher.find(listed.id));
    return now && isTiedTo(now, ports) ? now : undefined;
  }

  /** OVH refuses a floating IP as long as the way in is not there. @throws NotReady until it is, or the deadline has passed. */
  async refuseWhileGatewayIsBuilt(): Promise<void> {
    const { attempt, deadline } = this.#how;
    const { networkId, place } = this.#act;
    const gateways = await this.#project.ovh.regional(place.region).gateways();
    const built = gateways.find(
      ({ status, interfaces }) =>
        status === 'building' && interfaces.some((each) => each.networkId === networkId),
    );
    if (built && attempt.now() <= deadline)
      throw notReady(
        `gateway ${built.name} (${built.id}) is building; a floating IP comes in through it`,
        timing.soonMs,
      );
  }
}

/** @throws FloatingIpFailed where it is gone, or somebody has it: no further attempt would help */
export async function isTiedAlready(
  project: ServedProject,
  { place, given }: FloatingIpAct,
  at: Address,
  unclear: boolean,
): Promise<boolean> {
  const { id, ip } = required(given, 'the floating IP');
  const seen = await project.floatingIps(place.region).find(id);
  if (!seen)
    throw finalFailure('FloatingIpFailed', `floating IP ${ip} (${id}) is gone: somebody deleted it`, unclear);
  if (isTiedTo(seen, [await at.port()])) return true;
  if (seen.port === null) return false;
  throw finalFailure(
    'FloatingIpFailed',
    `floating IP ${ip} (${id}) belongs to another address, ${seen.port.ip}`,
    unclear,
  );
}
