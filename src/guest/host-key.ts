import { createHash, createPrivateKey, createPublicKey, hkdfSync } from 'node:crypto';

/** An ed25519 key that a machine proves itself with. */
export interface DerivedHostKey {
  /** `ssh-ed25519 AAAA…`: a line of known_hosts without the host. */
  publicKey: string;
  /** As OpenSSH's own files are, of every version. */
  privateKey: string;
}

const ALGORITHM = 'ssh-ed25519';
/** What precedes the 32 bytes of the seed in PKCS#8 (RFC 8410). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * The host key of a node, which is known before its machine exists: made of a secret of the worker and the node's mark. So
 * there is no first contact to trust, and the key is never lost with a history.
 */
export function derivedHostKey(secret: string, mark: string): DerivedHostKey {
  const seed = Buffer.from(hkdfSync('sha256', secret, 'mooring/ssh-host-key/v1', mark, 32));
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
  const point = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
  const blob = Buffer.concat([text(ALGORITHM), text(point)]);
  return {
    publicKey: `${ALGORITHM} ${blob.toString('base64')}`,
    privateKey: openSshPrivateKey(seed, point, blob),
  };
}

/** The format `openssh-key-v1`: older versions of OpenSSH read no other for ed25519. Not encrypted. */
function openSshPrivateKey(seed: Buffer, point: Buffer, blob: Buffer): string {
  const check = createHash('sha256').update(point).digest().subarray(0, 4);
  const body = Buffer.concat([check, check, blob, text(Buffer.concat([seed, point])), text('mooring')]);
  const padding = Buffer.from(Array.from({ length: -body.length & 7 }, (_, index) => index + 1));
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    text('none'),
    text('none'),
    text(''),
    Buffer.from([0, 0, 0, 1]),
    text(blob),
    text(Buffer.concat([body, padding])),
  ]);
  const lines = file.toString('base64').match(/.{1,70}/g) ?? [];
  const name = 'OPENSSH PRIVATE KEY';
  return [`-----BEGIN ${name}-----`, ...lines, `-----END ${name}-----`, ''].join('\n');
}

/** SSH's string: its length in four bytes, then itself. */
function text(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** The key of a public line, without the comment: two lines name the same key where this is the same. */
export function keyOf(publicLine: string): string {
  return publicLine.trim().split(/\s+/).slice(0, 2).join(' ');
}

/** `ssh-ed25519 SHA256:…`, as ssh itself says it. */
export function fingerprintOf(publicLine: string): string {
  const [algorithm = '', blob = ''] = publicLine.trim().split(/\s+/);
  const digest = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64');
  return `${algorithm} SHA256:${digest.replace(/=+$/, '')}`;
}
