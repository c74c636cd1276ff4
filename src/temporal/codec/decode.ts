import { defaultPayloadConverter, type Payload, type PayloadCodec } from '@temporalio/common';
import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { fieldsOf } from '../../contract/unknown.ts';

/* For what we read from Temporal raw; the SDK decodes what it hands out itself. */

export type WireFailure = temporal.api.failure.v1.IFailure;

export async function decodePayload(client: Client, payload: Payload | null | undefined): Promise<unknown> {
  if (!payload) return undefined;
  const codecs: PayloadCodec[] = client.options.loadedDataConverter.payloadCodecs;
  let payloads = [payload];
  for (const codec of codecs.toReversed()) payloads = await codec.decode(payloads);
  return payloads[0] && defaultPayloadConverter.fromPayload(payloads[0]);
}

/** The details of a failure, as the SDK would hand them out. */
export async function withDetails(
  client: Client,
  failure: WireFailure | null | undefined,
): Promise<{ details: unknown[] }> {
  const [payload] = failure?.applicationFailureInfo?.details?.payloads ?? [];
  return { details: payload ? [await decodePayload(client, payload)] : [] };
}

/** A failure's own message, also where it was encrypted. */
export async function failureMessage(
  client: Client,
  failure: WireFailure | null | undefined,
): Promise<string | null> {
  if (!failure?.encodedAttributes) return failure?.message ?? null;
  const attributes = await decodePayload(client, failure.encodedAttributes);
  const { message } = fieldsOf(attributes);
  return typeof message === 'string' ? message : null;
}
