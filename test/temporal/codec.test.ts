import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import { expect, test } from 'vitest';
import { CodecKeyError, CodecKeys } from '../../src/temporal/codec/codec-keys.ts';
import { createCodecServer } from '../../src/temporal/codec/codec-server.ts';
import { EncryptingCodec, KeylessCodec } from '../../src/temporal/codec/encrypting-codec.ts';
import { fc } from '../support/properties.ts';

const newKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const [k1, k2] = [newKey('k1'), newKey('k2')];
const codecOf = (keys: string) => new EncryptingCodec(CodecKeys.parse(keys));
const payload = (value: unknown) => defaultPayloadConverter.toPayload(value);

test('whatever is encrypted comes back, and nothing of it shows', async () => {
  const codec = codecOf(k1);
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.uuid(), async (value, marker) => {
      const plain = payload({ value, marker });
      const [encrypted] = await codec.encode([plain]);
      expect(Buffer.from(encrypted?.data ?? []).toString('latin1')).not.toContain(marker);
      const [decrypted] = encrypted ? await codec.decode([encrypted]) : [];
      expect(defaultPayloadConverter.fromPayload(decrypted ?? {})).toEqual(
        defaultPayloadConverter.fromPayload(plain),
      );
    }),
  );
});

test('after a rotation the new key encrypts and old payloads stay readable', async () => {
  const [old] = await codecOf(k1).encode([payload('before')]);
  const rotated = codecOf(`${k2},${k1}`);
  const [fresh] = await rotated.encode([payload('after')]);
  const read = await rotated.decode([old ?? {}, fresh ?? {}]);

  expect(read.map((one) => defaultPayloadConverter.fromPayload(one))).toEqual(['before', 'after']);
  await expect(codecOf(k1).decode([fresh ?? {}])).rejects.toThrow(
    'this was encrypted with the key "k2", which is not among those of MOORING_CODEC_KEY (k1); add it behind the current one',
  );
});

test('any changed byte is noticed', async () => {
  const codec = codecOf(k1);
  const [encrypted] = await codec.encode([payload({ size: 20 })]);
  const data = Buffer.from(encrypted?.data ?? []);
  for (let index = 0; index < data.length; index += 1) {
    const changed = Buffer.from(data);
    changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
    await expect(codec.decode([{ ...encrypted, data: changed }])).rejects.toThrow(CodecKeyError);
  }
  for (const length of [0, 5, 12, 27])
    await expect(codec.decode([{ ...encrypted, data: data.subarray(0, length) }])).rejects.toThrow(
      CodecKeyError,
    );
});

test('what was never encrypted passes', async () => {
  const plain = payload('by hand');
  expect(await codecOf(k1).decode([plain])).toEqual([plain]);
  expect(await new KeylessCodec().decode([plain])).toEqual([plain]);
});

async function valueOf(
  codec: EncryptingCodec,
  ...sealed: Parameters<EncryptingCodec['decode']>
): Promise<unknown> {
  const [decoded = {}] = await codec.decode(...sealed);
  expect(Object.keys(decoded.metadata ?? {})).toEqual(['encoding']);
  return defaultPayloadConverter.fromPayload(decoded);
}

test('a ciphertext is good for its own workflow and namespace alone', async () => {
  const codec = codecOf(k1);
  const at = (workflowId: string, namespace = 'default') => ({
    type: 'workflow' as const,
    namespace,
    workflowId,
  });
  const plain = payload('as asked');
  const [sealed = {}] = await codec.encode([plain], at('node.main.GRA11.web-1'));
  const activity = { ...at('node.main.GRA11.web-1'), type: 'activity' as const, isLocal: false };

  expect(await valueOf(codec, [sealed], at('node.main.GRA11.web-1'))).toEqual('as asked');
  expect(await valueOf(codec, [sealed], activity)).toEqual('as asked');
  // The codec server is not told of which workflow it decodes something.
  expect(await valueOf(codec, [sealed])).toEqual('as asked');
  const elsewhere = [at('node.main.GRA11.web-2'), at('node.main.GRA11.web-1', 'other')];
  for (const context of elsewhere)
    await expect(codec.decode([sealed], context)).rejects.toThrow('this was encrypted for another workflow');
  // Such as by a program in another language, or for a schedule.
  const [free = {}] = await codec.encode([plain]);
  expect(await valueOf(codec, [free], at('any'))).toEqual('as asked');
});

test('where plaintext is refused, only what is encrypted passes', async () => {
  const codec = new EncryptingCodec(CodecKeys.parse(k1), { refusesPlaintext: true });
  const plain = payload('as asked');

  await expect(codec.decode([plain])).rejects.toThrow('this is not encrypted, and MOORING_PLAINTEXT=refuse');
  expect(await valueOf(codec, await codec.encode([plain]))).toEqual('as asked');
});

test('without a key, what is encrypted is named as that', async () => {
  const [encrypted] = await codecOf(k1).encode([payload('x')]);
  await expect(new KeylessCodec().decode([encrypted ?? {}])).rejects.toThrow(
    'this is encrypted with the key "k1"; set MOORING_CODEC_KEY or MOORING_CODEC_KEY_FILE to it',
  );
});

test.each([
  ['no id', randomBytes(32).toString('base64')],
  ['a short key', `k1:${randomBytes(16).toString('base64')}`],
  ['something else', 'secret-of-mine'],
  ['two keys of one id', `${k1},${newKey('k1')}`],
  ['nothing', ' , '],
])('%s is refused without showing it', (_, text) => {
  let message = '';
  try {
    CodecKeys.parse(text);
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).toMatch(/^MOORING_CODEC_KEY/);
  for (const piece of text.split(/[,:\s]/).filter(({ length }) => length > 8))
    expect(message).not.toContain(piece);
});

const origin = 'http://localhost:8233';
const server = createCodecServer({
  keys: CodecKeys.parse(k1),
  origins: [origin],
  token: 'a-token-that-is-long',
  hosts: ['localhost'],
});
const authorization = 'Bearer a-token-that-is-long';

function post(path: string, body: unknown, headers: Record<string, string> = { authorization }) {
  return server.request(`http://localhost${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
}

test('the codec server decodes what it has encoded, for the page it was made for', async () => {
  const text = (value: string) => Buffer.from(value).toString('base64');
  const plain = { payloads: [{ metadata: { encoding: text('json/plain') }, data: text('{"size":20}') }] };
  const encoded = (await (await post('/encode', plain)).json()) as typeof plain;
  expect(encoded).not.toEqual(plain);
  const decoded = await post('/decode', encoded, { authorization, origin });

  expect(await decoded.json()).toEqual(plain);
  expect(decoded.headers.get('access-control-allow-origin')).toBe(origin);
});

test.each([
  ['without a token', '/decode', {}, 401],
  ['with a wrong token', '/decode', { authorization: 'Bearer another' }, 401],
  ['for a page of another origin', '/decode', { authorization, origin: 'https://evil.example' }, 403],
  ['with a body of another kind', '/decode', { authorization }, 400],
  ['with a wrong token in its path', '/another-token/decode', {}, 401],
  ['at another path', '/keys', { authorization }, 404],
])('the codec server refuses a request %s', async (_, path, headers, status) => {
  const answer = await post(path, { payload: 1 }, headers);
  expect(answer.status).toBe(status);
  expect(await answer.text()).not.toContain(k1.slice(3));
});

test('the codec server takes the token in its path, for a UI that sends no header', async () => {
  const encoded = await post('/a-token-that-is-long/encode', { payloads: [] }, { origin });

  expect(await encoded.json()).toEqual({ payloads: [] });
});

test('the codec server answers no name but its own', async () => {
  const answer = await server.request('http://evil.example/decode', {
    method: 'POST',
    headers: { authorization },
  });
  expect(answer.status).toBe(403);
});
