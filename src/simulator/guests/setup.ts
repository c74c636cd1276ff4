import { cloudConfigOf } from './cloud-config.ts';
import { hostKeysOf, newHostKey, type HostKey } from './host-keys.ts';
import { usersOf, type GuestUser } from './users.ts';

/** What a machine is since its first boot. */
export interface Setup {
  hostname: string;
  users: GuestUser[];
  hostKeys: HostKey[];
  /** Lets root in: the rescue system. */
  password?: string;
  /** What cloud-init warned of. */
  problems: string[];
}

interface Given {
  userData: string | null;
  /** Whom the image lets in. */
  user: string;
  /** The public key that OVH was told. */
  keys: readonly string[];
  /** The instance's name at OVH. */
  name: string;
}

/** What cloud-init makes of all that once in the life of a machine, before `sshd` starts. */
export function setUp({ userData, user, keys, name }: Given): Setup {
  const { config, problems } = cloudConfigOf(userData);
  const { keys: hostKeys, problems: ofKeys } = hostKeysOf(config);
  const users = usersOf(config, { user, keys });
  return { hostname: hostnameOf(config, name), users, hostKeys, problems: [...problems, ...ofKeys] };
}

/** A system of its own, that has nothing of the machine but its address. */
export function rescueSystem(password: string): Setup {
  const root = { name: 'root', authorizedKeys: [], sudo: true };
  return { hostname: 'rescue', users: [root], hostKeys: [newHostKey('ed25519')], password, problems: [] };
}

/** `cc_set_hostname`: the name at OVH is what the machine is called where nobody says otherwise. */
function hostnameOf(config: Record<string, unknown>, name: string): string {
  const { hostname, fqdn, preserve_hostname: keeps } = config;
  if (keeps === true) return 'localhost';
  const wanted = [hostname, fqdn, name].find(
    (each): each is string => typeof each === 'string' && each !== '',
  );
  return wanted?.split('.')[0] ?? name;
}
