import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import type { CodecKeys } from './codec-keys.ts';
import { EncryptingCodec, KeylessCodec, type EncryptingCodecOptions } from './encrypting-codec.ts';

/** The converter of failures, which workflows need in their bundle. */
export const encodedFailuresPath = fileURLToPath(new URL('encoded-failures.cjs', import.meta.url));

/** What client and worker convert with: with keys everything is encrypted, failures too; without, Temporal's default. */
export function dataConverterOf(
  keys: CodecKeys | undefined,
  options: EncryptingCodecOptions = {},
): DataConverter {
  if (!keys) return { payloadCodecs: [new KeylessCodec()] };
  return { payloadCodecs: [new EncryptingCodec(keys, options)], failureConverterPath: encodedFailuresPath };
}
