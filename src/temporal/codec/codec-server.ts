import type { Payload } from '@temporalio/common';
import { Hono } from 'hono';
import { bearerAuth } from 'hono/bearer-auth';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { HTTPException } from 'hono/http-exception';
import { timingSafeEqual } from 'hono/utils/buffer';
import { z } from 'zod';
import { CodecKeyError, type CodecKeys } from './codec-keys.ts';
import { EncryptingCodec } from './encrypting-codec.ts';

interface CodecServerOptions {
  keys: CodecKeys;
  /** Where the Temporal UI is, `http://localhost:8233`: pages of no other origin are answered. */
  origins: string[];
  /** What callers must know: as `Authorization: Bearer`, or first in the path for the Temporal UI, which sends no header of ours. */
  token: string;
  /** Names by which it may be called, for a server on loopback: a page must not reach it by a name of its own. */
  hosts?: string[];
}

const MAX_BYTES = 8 * 1024 * 1024;

const base64 = z.base64();
const bodySchema = z.object({
  payloads: z.array(z.object({ metadata: z.record(z.string(), base64).optional(), data: base64.optional() })),
});

/**
 * Decrypts for the Temporal UI and CLI what histories hold: `POST /decode` and `/encode`, payloads as protobuf's JSON.
 * Source: Temporal's codec server protocol.
 */
export function createCodecServer({ keys, origins, token, hosts }: CodecServerOptions): Hono {
  const codec = new EncryptingCodec(keys);
  const app = new Hono();
  app.use(async (context, next) => {
    const origin = context.req.header('origin');
    if (origin !== undefined && !origins.includes(origin))
      throw refused(403, `pages of ${JSON.stringify(origin)} are not answered; allow it with --origin`);
    if (hosts && !hosts.includes(new URL(context.req.url).hostname))
      throw refused(403, 'this server answers on loopback only');
    await next();
  });
  app.use(
    cors({
      origin: origins,
      allowMethods: ['POST'],
      allowHeaders: ['authorization', 'content-type', 'x-namespace', 'caller-type'],
      credentials: true,
    }),
  );
  app.use(async (context, next) => {
    const [, first = ''] = new URL(context.req.url).pathname.split('/');
    return (await timingSafeEqual(first, token)) ? next() : bearerAuth({ token })(context, next);
  });
  app.use(bodyLimit({ maxSize: MAX_BYTES }));
  for (const base of ['', '/:token']) {
    app.post(`${base}/decode`, async ({ req, json }) =>
      json(toJson(await codec.decode(await payloadsOf(req)))),
    );
    app.post(`${base}/encode`, async ({ req, json }) =>
      json(toJson(await codec.encode(await payloadsOf(req)))),
    );
  }
  app.onError((error, { json }) => {
    if (error instanceof HTTPException && error.res) return error.res;
    if (error instanceof HTTPException) return json({ message: error.message }, error.status);
    if (error instanceof CodecKeyError) return json({ message: error.message }, 400);
    return json({ message: 'our fault' }, 500);
  });
  return app;
}

async function payloadsOf(request: { json(): Promise<unknown> }): Promise<Payload[]> {
  const parsed = bodySchema.safeParse(await request.json().catch(() => undefined));
  if (!parsed.success) throw refused(400, 'the body must be {"payloads":[{"metadata":{…},"data":"…"}]}');
  return parsed.data.payloads.map(({ metadata = {}, data = '' }) => ({
    metadata: Object.fromEntries(
      Object.entries(metadata).map(([key, value]) => [key, Buffer.from(value, 'base64')]),
    ),
    data: Buffer.from(data, 'base64'),
  }));
}

function toJson(payloads: Payload[]) {
  const text = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('base64');
  return {
    payloads: payloads.map(({ metadata, data }) => ({
      metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([key, value]) => [key, text(value)])),
      data: text(data),
    })),
  };
}

function refused(status: 400 | 403, message: string): HTTPException {
  return new HTTPException(status, { message });
}
