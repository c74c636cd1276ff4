import ssh2 from 'ssh2';

import { isDict } from './merge.ts';

/** A host key as `sshd` serves it: the private half in PEM, and the line that a `known_hosts` file has of it. */
export interface HostKey {
  private: string;
  /** `ssh-ed25519 AAAA…` */
  line: string;
}

/** The kinds that a guest makes for itself. No RSA: making one takes longer than a guest boots. */
const kinds = ['ed25519', 'ecdsa'] as const;

/**
 * The host keys that cloud-init leaves: those of `ssh_keys` where it is there, and else new ones, once per machine. With
 * `ssh_deletekeys: false` what the image brought stays beside them.
 *
 * @returns also what cloud-init would have written although `sshd` cannot read it.
 */
export function hostKeysOf(config: Record<string, unknown>): { keys: HostKey[]; problems: string[] } {
  const brought = config['ssh_keys'];
  if (!isDict(brought)) return { keys: kinds.map(newHostKey), problems: [] };
  const keys: HostKey[] = [];
  const problems: string[] = [];
  for (const [name, text] of Object.entries(brought)) {
    if (!/^(ed25519|ecdsa|rsa)_private$/.test(name)) continue;
    const key = readHostKey(String(text));
    if (key) keys.push(key);
    else problems.push(`ssh_keys.${name} is no private key`);
  }
  const isKept = config['ssh_deletekeys'] === false && !keys.some(({ line }) => line.startsWith('ecdsa'));
  return { keys: isKept ? [...keys, newHostKey('ecdsa')] : keys, problems };
}

/** A key that nobody has seen before. */
export function newHostKey(kind: (typeof kinds)[number]): HostKey {
  for (;;) {
    const pair =
      kind === 'ecdsa'
        ? ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 })
        : ssh2.utils.generateKeyPairSync('ed25519');
    // One in some hundred of its ed25519 keys cannot be read by ssh2 itself.
    const key = readHostKey(pair.private);
    if (key) return key;
  }
}

function readHostKey(text: string): HostKey | undefined {
  const parsed = ssh2.utils.parseKey(text);
  if (parsed instanceof Error) return undefined;
  const [key] = [parsed].flat();
  if (!key?.isPrivateKey()) return undefined;
  return { private: text, line: `${key.type} ${key.getPublicSSH().toString('base64')}` };
}
