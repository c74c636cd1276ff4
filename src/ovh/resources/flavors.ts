import { z } from 'zod';
import type { CallOptions, Http } from '../http.ts';
import { path } from '../path.ts';
import { answering, orNull } from './schema.ts';

const planCode = orNull(z.string());

/** The schema says GiB and a capture of 2025 agrees, older answers are in MiB; no flavor has so much or so little. */
const LEAST_MIB = 512;

export const flavor = z
  .object({
    id: z.string(),
    name: z.string(),
    region: z.string(),
    vcpus: z.number(),
    ram: z.number(),
    disk: z.number(),
    type: z.string(),
    osType: z.string(),
    available: z.boolean(),
    quota: z.number(),
    planCodes: z.object({ hourly: planCode, monthly: planCode, license: planCode }),
    capabilities: z.array(z.object({ name: z.string(), enabled: z.boolean() })),
  })
  .transform(({ ram, capabilities, ...rest }) => ({
    ...rest,
    ramGiB: ram < LEAST_MIB ? ram : ram / 1024,
    /** `volume`, `resize`, `snapshot`, `failoverip`. */
    capabilities: Object.fromEntries(capabilities.map(({ name, enabled }) => [name, enabled])),
  }));

/** `disk` in GB; `available`: in stock; `quota`: how many the project may start now. Ids differ per region. */
export type Flavor = z.infer<typeof flavor>;

export interface Flavors {
  /** A name may be there twice, for Linux and for Windows. */
  list(region?: string, options?: CallOptions): Promise<Flavor[]>;
  get(id: string, options?: CallOptions): Promise<Flavor>;
}

export function flavors(http: Http, root: string): Flavors {
  return {
    list: (region, options) => http.list(`${root}/flavor`, flavor, options, { region }),
    get: async (id, options) => http.get(root + path`/flavor/${id}`, answering(flavor, { id }), options),
  };
}
