import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/*
 * Whoever reads the digest of something short finds out what that is, by trying. So histories have the digest of a worker's
 * source under a key that they have not, which any worker with the same secrets opens.
 */

const SEALED = 'sealed:';
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** By the first of the secrets; where there is none it stays as it is. */
export function sealed(digest: string, [secret]: readonly string[]): string {
  if (secret === undefined) return digest;
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, keyOf(secret), iv);
  const bytes = Buffer.concat([iv, cipher.update(digest, 'hex'), cipher.final(), cipher.getAuthTag()]);
  return SEALED + bytes.toString('base64');
}

/** Undefined where none of the secrets has sealed it. */
export function unsealed(digest: string, secrets: readonly string[]): string | undefined {
  if (!digest.startsWith(SEALED)) return digest;
  const bytes = Buffer.from(digest.slice(SEALED.length), 'base64');
  for (const secret of secrets) {
    const decipher = createDecipheriv(CIPHER, keyOf(secret), bytes.subarray(0, IV_BYTES));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const opened = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES), undefined, 'hex');
    try {
      return opened + decipher.final('hex');
    } catch {
      // Another secret's.
    }
  }
  return undefined;
}

function keyOf(secret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'mooring/step-digest/v1', 32));
}
