import type { Bench } from '../support.ts';
import { coreSession } from './core.ts';
import { floatingIpSession } from './floating-ips.ts';
import { identitySession } from './identity.ts';
import { instanceSession } from './instances.ts';
import { networkSession } from './networks.ts';
import { regionalSession } from './regional.ts';
import { volumeSession } from './volumes.ts';

/** Together they do everything that the simulator serves once, each in a world of its own. */
export const sessions: ((bench: Bench) => Promise<void>)[] = [
  coreSession,
  floatingIpSession,
  identitySession,
  instanceSession,
  networkSession,
  regionalSession,
  volumeSession,
];
