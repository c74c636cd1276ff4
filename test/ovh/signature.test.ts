import { expect, test } from 'vitest';
import { sign } from '../../src/ovh/index.ts';
import fixture from './fixtures/signature-vectors.json' with { type: 'json' };

const { applicationSecret, consumerKey } = fixture;

test.each(fixture.vectors)('signs $method $url as the official clients do', (vector) => {
  const { method, url, body, timestamp, signature } = vector;
  expect(sign({ applicationSecret, consumerKey, method, url, body, timestamp })).toBe(signature);
  const bytes = new TextEncoder().encode(body);
  expect(sign({ applicationSecret, consumerKey, method, url, body: bytes, timestamp })).toBe(signature);
});
