import type { Client } from '@temporalio/client';
import { floatingIpOf } from '../../contract/index.ts';
import type { FloatingIpAct } from '../../contract/index.ts';
import { resourceOf, type FloatingIp, type FloatingIps, type MutateOptions } from '../../ovh/index.ts';
import { givingWaySentence, type Found, type Named } from '../exactly-once/create-once.ts';
import { finalFailure, verdictOf } from '../exactly-once/to-failure.ts';
import { isTiedTo, portsOf } from '../inventory/floating-ips.ts';
import { isUnderWay, madeNothing, orderedFor } from '../looking/operations.ts';
import type { ServedProject } from '../project.ts';
import { inOwnHistory } from '../proof/own-history.ts';
import { Address, type Circumstances } from './address.ts';

/** The making of one floating IP. */
export class Making {
  readonly #project: ServedProject;
  readonly #temporal: Client;
  readonly #act: FloatingIpAct;
  readonly #at: Address;
  readonly #anothers = new Set<string>();
  /** False: it was found after a lost answer at an instance that stood before, where somebody else may have asked for it. */
  isProven = true;

  constructor(project: ServedProject, temporal: Client, act: FloatingIpAct, how: Circumstances) {
    this.#project = project;
    this.#temporal = temporal;
    this.#act = act;
    this.#at = new Address(project, act, how);
  }

  async find(isUnclear: boolean): Promise<Found> {
    const tied = await this.#at.tied();
    if (!tied) return { own: undefined, others: [] };
    return isUnclear && this.#isNew(tied)
      ? { own: await this.#taken(tied), others: [] }
      : { own: undefined, others: [floatingIpOf(tied)] };
  }

  async post(options: MutateOptions): Promise<Named | { operationId: string }> {
    const { ip } = await this.#at.port();
    try {
      const { id } = await this.#calls.create(this.#act.instance.id, ip, options);
      return { operationId: id };
    } catch (error) {
      if (verdictOf(error).final === null) throw error;
      // OVH may have made it of this very request, and refuses to make it twice.
      const tied = await this.#at.tied();
      if (tied && this.#isNew(tied)) return this.#taken(tied);
      if (tied) throw finalFailure('GaveWay', givingWaySentence([floatingIpOf(tied)]));
      await this.#at.refuseWhileGatewayIsBuilt();
      throw error;
    }
  }

  /** An operation does not say what it is about: what it made is looked at, and OVH's list of orders about the instance. */
  async madeBy(operationId: string): Promise<Named | undefined> {
    const { instance, place } = this.#act;
    const operation = await this.#project.ovh.operations.get(operationId);
    const id = resourceOf(operation);
    const made = id === undefined ? undefined : await this.#project.floatingIps(place.region).find(id);
    const ports = await portsOf(this.#project, instance.id, this.#act.networkId);
    if (made && isTiedTo(made, ports)) return named(made);
    if (made?.port) return this.#ofAnother(made);
    if (isUnderWay(operation)) return undefined;
    if (made && !(await orderedFor(this.#project, instance.id)).has(made.id)) return this.#ofAnother(made);
    // The address has one already: then a twin of this order came first, and what this one made belongs to nothing.
    const tied = ports.length > 0 ? await this.#at.tied() : undefined;
    if (tied && this.#isNew(tied)) return this.#taken(tied);
    if (made) return named(made);
    if (operation.status === 'completed' && id !== undefined) return undefined;
    throw madeNothing(operation, 'floatingIp');
  }

  async isOurs({ id }: Named): Promise<boolean> {
    return !this.#anothers.has(id);
  }

  #ofAnother(made: FloatingIp): Named {
    this.#anothers.add(made.id);
    return named(made);
  }

  #isNew({ id }: FloatingIp): boolean {
    return !this.#act.stood.includes(id);
  }

  async #taken(tied: FloatingIp): Promise<Named> {
    this.isProven = (await inOwnHistory(this.#temporal, this.#act.instance.id)) === 'made';
    return named(tied);
  }

  get #calls(): FloatingIps {
    return this.#project.ovh.regional(this.#act.place.region).floatingIps;
  }
}

function named({ id, ip }: FloatingIp): Named {
  return { id, name: ip };
}
