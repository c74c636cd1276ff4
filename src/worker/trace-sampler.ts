import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace';
import { checked, setting } from './configuration/settings.ts';

/**
 * Which traces are sent, by `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` as OpenTelemetry's specification has them:
 * the SDK itself reads no environment. As a run's id is the id of its trace, all its steps are sent or none, whichever
 * workers do them.
 *
 * @throws ConfigError
 */
export function samplerOf(env: NodeJS.ProcessEnv): Sampler {
  const name = checked(env, 'OTEL_TRACES_SAMPLER', setting.sampler) ?? 'parentbased_always_on';
  const ratio = checked(env, 'OTEL_TRACES_SAMPLER_ARG', setting.ratio) ?? 1;
  const root = rootSampler(name.replace('parentbased_', ''), ratio);
  return name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root;
}

function rootSampler(name: string, ratio: number): Sampler {
  if (name === 'always_off') return new AlwaysOffSampler();
  return name === 'traceidratio' ? new TraceIdRatioBasedSampler(ratio) : new AlwaysOnSampler();
}
