import { randomBytes } from 'node:crypto';
import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import { samplerOf } from '../../src/worker/trace-sampler.ts';

/** Ids of runs as Temporal makes them: the time first, then chance. */
const runs = Array.from(
  { length: 4000 },
  (_, n) =>
    `${(0x019a2b3c4d5e + n).toString(16).padStart(12, '0')}7${randomBytes(10).toString('hex').slice(0, 19)}`,
);

function share(env: Record<string, string>): number {
  const sampler = samplerOf(env);
  const isSent = (id: string) =>
    sampler.shouldSample(ROOT_CONTEXT, id, 'baseline', SpanKind.INTERNAL, {}, []).decision ===
    SamplingDecision.RECORD_AND_SAMPLED;
  return runs.filter(isSent).length / runs.length;
}

test('OTEL_TRACES_SAMPLER says which runs are sent', () => {
  expect(share({})).toBe(1);
  for (const parent of ['', 'parentbased_']) {
    expect(share({ OTEL_TRACES_SAMPLER: `${parent}always_on` })).toBe(1);
    expect(share({ OTEL_TRACES_SAMPLER: `${parent}always_off` })).toBe(0);
    expect(share({ OTEL_TRACES_SAMPLER: `${parent}traceidratio` })).toBe(1);
    const tenth = { OTEL_TRACES_SAMPLER: `${parent}traceidratio`, OTEL_TRACES_SAMPLER_ARG: '0.1' };
    // Six standard deviations of a fair draw.
    expect(Math.abs(share(tenth) - 0.1)).toBeLessThan(0.03);
  }
});

test.each([
  [{ OTEL_TRACES_SAMPLER: 'sometimes' }, /^OTEL_TRACES_SAMPLER must be one of always_on, always_off, /],
  [{ OTEL_TRACES_SAMPLER_ARG: 'a tenth' }, /^OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1$/],
  [{ OTEL_TRACES_SAMPLER_ARG: '10' }, /^OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1$/],
])('a sampler that is none is refused: %o', (env, sentence) => {
  expect(() => samplerOf(env)).toThrow(sentence);
});
