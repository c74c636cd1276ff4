import { createHash } from 'node:crypto';

/** Source: OVH passes cloud-init's user data on as it is, OpenStack takes 65,535 bytes of base64. */
export const MAX_USER_DATA_BYTES = 49_149;

/** What the machine is given beside the host name, so that it can be logged in to. */
export interface LoginData {
  /** Both halves as OpenSSH writes them. */
  hostKey?: { privateKey: string; publicKey: string };
  /** Public lines, which are added to the user's own. */
  authorizedKeys?: readonly string[];
}

/**
 * The user data that an instance is created with: the user's own, and after it parts of ours. One sets the plain host name,
 * because OVH takes the host name from the instance's name, which carries the mark; the others bring the keys.
 *
 * By cloud-init's default a later part's keys replace earlier ones, so each of ours says how it joins: the user's host
 * name stays, our login keys are added to theirs, and our host key replaces theirs. A `fqdn` without a `hostname` is a
 * host name, too, beside which ours must not stand.
 *
 * @returns undefined when there is nothing to say.
 * @throws RangeError when the result is larger than OVH takes.
 */
export function mergeUserData(
  own: string | null,
  hostname: string | false,
  login: LoginData = {},
): string | undefined {
  const merged = merge(own ?? '', hostname, login);
  const bytes = merged === undefined ? 0 : Buffer.byteLength(merged);
  if (bytes > MAX_USER_DATA_BYTES)
    throw new RangeError(
      `userData has ${bytes} bytes with the host name merged in; OVH takes at most ${MAX_USER_DATA_BYTES}`,
    );
  return merged;
}

/** What stands of it is the user's, what is missing is ours: dictionaries are entered, and nothing in them is replaced. */
const FILLS_GAPS = 'merge_how: dict(recurse_dict)+list()+str()';
/** The same, but that lists become longer. */
const ADDS_TO_LISTS = 'merge_how: dict(recurse_list,recurse_dict)+list(append)+str()';

function merge(own: string, hostname: string | false, login: LoginData): string | undefined {
  const parts = [
    ...(hostname === false || /^fqdn\s*:/m.test(own)
      ? []
      : [[FILLS_GAPS, `hostname: ${hostname}`, 'preserve_hostname: false']]),
    ...(login.authorizedKeys?.length
      ? [[ADDS_TO_LISTS, `ssh_authorized_keys: ${JSON.stringify(login.authorizedKeys)}`]]
      : []),
    ...(login.hostKey ? [hostKeyPart(login.hostKey)] : []),
  ];
  if (own.trim() !== '') return parts.length === 0 ? own : multipart(own, ...parts.map(cloudConfig));
  const lines = parts.flat().filter((line) => !line.startsWith('merge_how'));
  return lines.length === 0 ? undefined : cloudConfig(lines);
}

/** Without `merge_how`: it replaces all of `ssh_keys`, and `sshd` has no other key than this. */
function hostKeyPart({ privateKey, publicKey }: NonNullable<LoginData['hostKey']>): string[] {
  const keys = { ed25519_private: privateKey, ed25519_public: publicKey };
  return ['ssh_deletekeys: true', `ssh_keys: ${JSON.stringify(keys)}`];
}

function cloudConfig(lines: string[]): string {
  return ['#cloud-config', ...lines, ''].join('\n');
}

function multipart(...contents: string[]): string {
  const boundary = boundaryOf(...contents);
  return [
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    '',
    ...contents.flatMap((content) => [`--${boundary}`, ...part(content)]),
    `--${boundary}--`,
    '',
  ].join('\n');
}

/** A line that is in none of the parts: whoever knows the boundary could add parts of another kind to a text that they may fill. */
function boundaryOf(...parts: string[]): string {
  const text = parts.join('\n');
  for (let count = 0; ; count += 1) {
    const digest = createHash('sha256').update(`${count}\n${text}`).digest('hex');
    const boundary = `mooring-${digest.slice(0, 32)}`;
    if (!text.includes(boundary)) return boundary;
  }
}

/** User data that is MIME already brings its own header; for the rest cloud-init reads the kind off the first line. */
function part(content: string): string[] {
  if (/^(content-type|mime-version):/i.test(content)) return [content];
  return ['Content-Type: text/plain; charset="utf-8"', '', content];
}
