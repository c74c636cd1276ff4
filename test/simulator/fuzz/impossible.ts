import type { SimulatorState } from '../../../src/simulator/index.ts';
import type { Bench } from '../support.ts';

/** What contradicts itself in what exists: one sentence each. */
export function impossible({ instances, volumes, floatingIps }: SimulatorState): string[] {
  const byId = new Map(instances.map((instance) => [instance.id, instance]));
  const addresses = instances.flatMap(({ ipAddresses }) =>
    (ipAddresses as { ip: string; networkId: string }[]).map(({ ip, networkId }) => `${ip} on ${networkId}`),
  );
  return [
    ...volumes.flatMap((volume): string[] => {
      const { id, status, attachedTo, region, type } = volume;
      const isHeld = ['in-use', 'detaching'].includes(status);
      const mayBeHeld = isHeld || ['extending', 'error_extending', 'attaching'].includes(status);
      const holders = attachedTo.map((holder) => byId.get(holder));
      return [
        isHeld && attachedTo.length === 0 && `volume ${id} is ${status} and held by nothing`,
        !mayBeHeld && attachedTo.length > 0 && `volume ${id} is ${status} and held`,
        attachedTo.length > 1 && type !== 'classic-multiattach' && `volume ${id} is held twice`,
        new Set(attachedTo).size < attachedTo.length && `volume ${id} is held twice by one instance`,
        holders.some((holder) => !holder) && `volume ${id} is held by what is gone`,
        holders.some((holder) => holder && holder.region !== region) && `volume ${id} is held from elsewhere`,
      ].filter((sentence) => sentence !== false);
    }),
    ...instances
      .filter(({ status, ipAddresses }) => status === 'BUILD' && (ipAddresses as unknown[]).length > 0)
      .map(({ id }) => `instance ${id} has addresses before it is built`),
    ...floatingIps
      .map(({ instanceId, at }) => `${at} of instance ${instanceId}`)
      .filter((each, index, all) => !each.startsWith('null') && all.indexOf(each) !== index)
      .map((each) => `${each} has two floating IPs`),
    ...addresses
      .filter((each, index) => addresses.indexOf(each) !== index)
      .map((each) => `${each} is there twice`),
  ];
}

/** What the quotas count, beside what is there: the same, or somebody pays for nothing. */
export async function countedAndThere({ ok, simulator }: Bench): Promise<[counted: object, there: object]> {
  const { instances, volumes } = simulator.state();
  const quotas: any[] = await ok('GET', '/quota');
  const inRegion = (things: { region: string }[], name: string) =>
    things.filter(({ region }) => region === name).length;
  return [
    Object.fromEntries(
      quotas.map(({ region, instance, volume }) => [region, [instance.usedInstances, volume.volumeCount]]),
    ),
    Object.fromEntries(
      quotas.map(({ region }) => [region, [inRegion(instances, region), inRegion(volumes, region)]]),
    ),
  ];
}
