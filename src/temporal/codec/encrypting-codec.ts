import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { CodecKeyError, type CodecKeys } from './codec-keys.ts';

const { Payload: WirePayload } = proto.temporal.api.common.v1;

const ENCODING = 'binary/encrypted';
const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts each payload as a whole, its metadata included. The form is that of Temporal's own encryption samples
 * (nonce, ciphertext, tag; key id in the metadata), so programs in other languages can take part with theirs.
 */
export class EncryptingCodec implements PayloadCodec {
  readonly #keys: CodecKeys;

  constructor(keys: CodecKeys) {
    this.#keys = keys;
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => this.#encrypt(payload));
  }

  /**
   * What is not encrypted passes as it is: histories from before there was a key, and requests by hand.
   *
   * @throws CodecKeyError where the key is missing, or another than the one of that id.
   */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => (isEncrypted(payload) ? this.#decrypt(payload) : payload));
  }

  #encrypt(payload: Payload): Payload {
    const id = this.#keys.currentId;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#keys.get(id), nonce);
    const plain = WirePayload.encode(payload).finish();
    return {
      metadata: { encoding: Buffer.from(ENCODING), 'encryption-key-id': Buffer.from(id) },
      data: Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]),
    };
  }

  #decrypt(payload: Payload): Payload {
    const id = keyIdOf(payload);
    const bytes = Buffer.from(payload.data ?? []);
    const key = this.#keys.get(id);
    try {
      const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const sealed = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
      return WirePayload.decode(Buffer.concat([decipher.update(sealed), decipher.final()]));
    } catch {
      throw new CodecKeyError(
        `the key "${id}" of MOORING_CODEC_KEY is another than the one this was encrypted with, or it was changed on the way`,
      );
    }
  }
}

/** Where there is no key: nothing is encrypted, and what somebody else has encrypted is named as what it is. */
export class KeylessCodec implements PayloadCodec {
  async encode(payloads: Payload[]): Promise<Payload[]> {
    return payloads;
  }

  /** @throws CodecKeyError */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    const encrypted = payloads.find(isEncrypted);
    if (!encrypted) return payloads;
    throw new CodecKeyError(
      `this is encrypted with the key "${keyIdOf(encrypted)}"; set MOORING_CODEC_KEY or MOORING_CODEC_KEY_FILE to it`,
    );
  }
}

function keyIdOf({ metadata }: Payload): string {
  return Buffer.from(metadata?.['encryption-key-id'] ?? []).toString();
}

export function isEncrypted({ metadata }: Payload): boolean {
  return Buffer.from(metadata?.['encoding'] ?? []).toString() === ENCODING;
}
