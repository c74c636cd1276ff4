import type { Simulator } from '../../simulator/index.ts';

/** What OVH holds of one node: also what its lists still hide. */
interface Holdings {
  /** Ids. */
  instances: string[];
  /** `data 20 GiB in-use`, by name. */
  volumes: string[];
}

/** The node's things, found by name, mark and sign, straight from the simulator's state. */
export function holdingsOf(simulator: Simulator, node: string): Holdings {
  const { instances, volumes } = simulator.state();
  const marked = new RegExp(`^${node}(?:-(?<volume>.+))?-[a-z2-7]{8}-[a-z2-7]{6}$`);
  return {
    instances: instances.filter(({ name }) => marked.test(name)).map(({ id, status }) => `${id} ${status}`),
    volumes: volumes
      .filter(({ name }) => marked.test(name))
      .map(({ name, size, status }) => `${marked.exec(name)?.groups?.['volume']} ${size} GiB ${status}`)
      .sort(),
  };
}

/** How many requests that change something OVH has received, which is what retries would show up in. */
export function countPosts(simulator: Simulator, path = ''): number {
  return simulator.calls().filter((call) => call.method === 'POST' && call.path.endsWith(path)).length;
}
