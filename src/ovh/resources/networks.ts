import { z } from 'zod';
import type { CallOptions } from '../call-options.ts';
import type { Http } from '../http.ts';
import { type Network, network, type NetworkVisibility } from '../schemas/network.ts';

export interface Networks {
  /** Private and public ones, two calls. */
  list(options?: CallOptions): Promise<Network[]>;
}

export function networks(http: Http, root: string): Networks {
  const listOf = async (visibility: NetworkVisibility, options?: CallOptions): Promise<Network[]> => {
    const networks = await http.get(`${root}/network/${visibility}`, z.array(network), options);
    return networks.map((network) => ({ ...network, visibility }));
  };
  return {
    list: async (options) =>
      (await Promise.all([listOf('private', options), listOf('public', options)])).flat(),
  };
}
