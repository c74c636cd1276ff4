import { isDict } from './merge.ts';

/** What `useradd` takes; also what is no way out of the folder of the homes. */
const isName = (name: string) => /^[a-z_][\w-]*\$?$/i.test(name);

/** Somebody who may log in. */
export interface GuestUser {
  name: string;
  /** The lines of `authorized_keys`. */
  authorizedKeys: string[];
  /** Whether `sudo` asks for no password. */
  sudo: boolean;
}

interface Image {
  /** Whom the image lets in. */
  user: string;
  /** The key that OVH was told, if any. */
  keys: readonly string[];
}

/** cloud-init's own words (`ssh_util.DISABLE_USER_OPTS`): who comes as root is told whom to come as, and exit code 142. */
const refusesRoot =
  'no-port-forwarding,no-agent-forwarding,no-X11-forwarding,command="echo \'Please login as the user \\"$USER\\"' +
  ' rather than the user \\"$DISABLE_USER\\".\';echo;sleep 10;exit 142"';

/**
 * The users that cloud-init makes: root always; the image's own unless `users` is there and has no `default`; and those
 * of `users`. The keys of OVH and of the top level belong to the image's own user, and to root behind a refusal
 * (`cc_users_groups`, `cc_ssh`).
 */
export function usersOf(config: Record<string, unknown>, image: Image): GuestUser[] {
  const named = namedUser(config['user']);
  const listed = Array.isArray(config['users']) ? config['users'] : named ? [] : ['default'];
  if (named) listed.push('default');
  const isDefault = (entry: unknown) => entry === 'default' || (isDict(entry) && entry['name'] === 'default');
  const defaultName = listed.some(isDefault) ? (named?.name ?? image.user) : undefined;

  const users = new Map<string, GuestUser>();
  for (const entry of listed) {
    if (isDefault(entry)) users.set(defaultName ?? '', defaultUser(defaultName ?? '', named?.entry));
    else if (typeof entry === 'string' && isName(entry))
      users.set(entry, { name: entry, authorizedKeys: [], sudo: false });
    else if (isDict(entry) && typeof entry['name'] === 'string' && isName(entry['name']))
      users.set(entry['name'], listedUser(entry['name'], entry));
  }

  const brought = config['allow_public_ssh_keys'] === false ? [] : image.keys;
  const keys = [...new Set([...brought, ...texts(config['ssh_authorized_keys'])])];
  if (defaultName !== undefined) users.get(defaultName)?.authorizedKeys.push(...keys);
  const root = users.get('root') ?? { name: 'root', authorizedKeys: [], sudo: true };
  const options =
    config['disable_root'] === false
      ? ''
      : `${rootOptions(config)} `
          .replaceAll('$USER', defaultName ?? 'NONE')
          .replaceAll('$DISABLE_USER', 'root');
  root.authorizedKeys.push(...keys.map((key) => `${options}${key}`));
  return [root, ...[...users.values()].filter((user) => user !== root)];
}

function rootOptions(config: Record<string, unknown>): string {
  return typeof config['disable_root_opts'] === 'string' ? config['disable_root_opts'] : refusesRoot;
}

function namedUser(user: unknown): { name: string; entry: Record<string, unknown> } | undefined {
  const entry = typeof user === 'string' ? { name: user } : user;
  if (!isDict(entry) || typeof entry['name'] !== 'string' || !isName(entry['name'])) return undefined;
  return { name: entry['name'], entry };
}

function defaultUser(name: string, entry: Record<string, unknown> = {}): GuestUser {
  return { ...listedUser(name, entry), sudo: entry['sudo'] !== false };
}

function listedUser(name: string, entry: Record<string, unknown>): GuestUser {
  const keys = texts(entry['ssh_authorized_keys'] ?? entry['ssh-authorized-keys']);
  return { name, authorizedKeys: keys, sudo: texts(entry['sudo']).some((rule) => rule.includes('NOPASSWD')) };
}

function texts(value: unknown): string[] {
  return [value].flat().filter((each) => typeof each === 'string');
}
