import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import proto from '@temporalio/proto';
import { CodecKeyError, type CodecKeys } from './codec-keys.ts';

const { Payload: WirePayload } = proto.temporal.api.common.v1;

const ENCODING = 'binary/encrypted';
const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Inside of what is encrypted: for which workflow. Codecs of other languages pass it on as metadata that nobody reads. */
const BOUND = 'mooring-for';

export interface EncryptingCodecOptions {
  /** Nothing that is not encrypted is taken. Default false. */
  refusesPlaintext?: boolean;
}

/**
 * Encrypts each payload as a whole, its metadata included. The form is that of Temporal's own encryption samples
 * (nonce, ciphertext, tag; key id in the metadata), so programs in other languages can take part with theirs.
 */
export class EncryptingCodec implements PayloadCodec {
  readonly #keys: CodecKeys;
  readonly #refusesPlaintext: boolean;

  constructor(keys: CodecKeys, { refusesPlaintext = false }: EncryptingCodecOptions = {}) {
    this.#keys = keys;
    this.#refusesPlaintext = refusesPlaintext;
  }

  /** Where the SDK says for which workflow, the ciphertext is good for that one alone: it cannot be sent to another. */
  async encode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
    const bound = boundTo(context);
    return payloads.map((payload) =>
      this.#encrypt(
        bound === undefined
          ? payload
          : { ...payload, metadata: { ...payload.metadata, [BOUND]: Buffer.from(bound) } },
      ),
    );
  }

  /**
   * What is not encrypted passes as it is, unless it is to be refused: histories from before there was a key, and requests
   * by hand.
   *
   * @throws CodecKeyError where the key is missing, or another than the one of that id; where it was encrypted for
   *   another workflow; where it is not encrypted and that is refused.
   */
  async decode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
    return payloads.map((payload) => {
      if (isEncrypted(payload)) return unbound(this.#decrypt(payload), boundTo(context));
      if (!this.#refusesPlaintext) return payload;
      throw new CodecKeyError(
        'this is not encrypted, and MOORING_PLAINTEXT=refuse: send it with the key, and terminate this run',
      );
    });
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

/** Undefined where the SDK does not say, as for the actions of a schedule, or where no workflow owns an activity. */
function boundTo(context: SerializationContext | undefined): string | undefined {
  if (context?.workflowId === undefined) return undefined;
  return JSON.stringify([context.namespace, context.workflowId]);
}

/** As it was before it was bound. @throws CodecKeyError where it was bound to another workflow. */
function unbound(payload: Payload, wanted: string | undefined): Payload {
  const bound = payload.metadata?.[BOUND];
  if (!bound) return payload;
  if (wanted !== undefined && Buffer.from(bound).toString() !== wanted)
    throw new CodecKeyError(
      'this was encrypted for another workflow, and somebody has put it here: look at who may write to the namespace',
    );
  delete payload.metadata?.[BOUND];
  return payload;
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
