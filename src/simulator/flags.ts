import { switchPositions } from './switches.ts';

/* Apart from what serves: the command line knows its flags before it loads a server. */

export interface Flag {
  description: string;
  /** What stands for the value in a help text; absent for a flag that has none. */
  value?: string;
  default?: number;
  /** May be given more than once. */
  repeatable?: boolean;
}

/** What `mooring simulator` takes, by its name in `runSimulator`; on the command line `bootMs` is `--boot-ms`. */
export const simulatorFlags = {
  port: { description: 'port on 127.0.0.1; 0 takes a free one', value: 'port', default: 0 },
  bootMs: { description: 'time from BUILD to ACTIVE', value: 'ms', default: 3000 },
  bootSpreadMs: { description: 'each boot takes up to so much longer', value: 'ms', default: 0 },
  volumeMs: { description: 'time until a new volume is available', value: 'ms', default: 1000 },
  operationMs: { description: 'time until what an operation makes is there', value: 'ms', default: 500 },
  attachMs: { description: 'time to attach or detach a volume', value: 'ms', default: 800 },
  deleteMs: { description: 'time until something deleted is gone', value: 'ms', default: 800 },
  listLagMs: { description: 'how far lists lie in the past', value: 'ms', default: 0 },
  latencyMs: { description: 'time between applying a request and answering it', value: 'ms', default: 0 },
  clockSkewMs: { description: "how far OVH's clock is ahead", value: 'ms', default: 0 },
  skewLimitMs: { description: 'how far the time of a signature may be off', value: 'ms', default: 30_000 },
  guestSshMs: { description: 'from the power of a guest to its SSH', value: 'ms', default: 1000 },
  guestInitMs: { description: 'from there to the end of its cloud-init', value: 'ms', default: 1000 },
  tokenMs: { description: 'how long an OAuth2 token is good for', value: 'ms', default: 3_600_000 },
  rateLimit: {
    description: 'requests per second and consumer key; 0 is no limit',
    value: 'number',
    default: 0,
  },
  seed: { description: 'makes keys, ids and chances repeatable', value: 'number' },
  switch: {
    description: `how OVH behaves where nobody knows: ${Object.keys(switchPositions).join(', ')}`,
    value: 'name=value',
    repeatable: true,
  },
  settings: {
    description: 'a file that "mooring conformance --out" wrote; other flags count more',
    value: 'file',
  },
  guests: {
    description:
      'behind each instance a machine that answers SSH; what it runs is really run on this machine',
  },
  guestPort: { description: 'where they answer, each at its own 127.x.y.z', value: 'port', default: 2222 },
  tls: { description: 'https with a certificate of its own; its path is in the JSON line' },
  as: {
    description:
      "a name by which other machines may call OVH's API too, over https; the rest stays on loopback",
    value: 'name',
  },
  certificate: { description: 'where the certificate is written, for them to trust', value: 'file' },
} as const satisfies Record<string, Flag>;

export type SimulatorFlags = {
  [Name in keyof typeof simulatorFlags]?: string | number | boolean | readonly string[];
};
