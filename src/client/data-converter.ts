import type { DataConverter } from '@temporalio/common';
import { CodecKeys } from '../temporal/codec/codec-keys.ts';
import { dataConverterOf } from '../temporal/codec/data-converter.ts';

/**
 * What a Temporal client of your own converts with, so that it reads and writes what workers with a `MOORING_CODEC_KEY`
 * encrypt: `new Client({ connection, dataConverter: dataConverter() })`.
 *
 * @param env where `MOORING_CODEC_KEY` or `MOORING_CODEC_KEY_FILE` is read
 * @throws CodecKeyError
 */
export function dataConverter(env: NodeJS.ProcessEnv = process.env): DataConverter {
  return dataConverterOf(CodecKeys.load(env));
}
