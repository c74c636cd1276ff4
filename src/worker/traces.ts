import type { Client } from '@temporalio/client';
import type { Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { requirePackages } from '../entries/needs.ts';
import type { Fetch } from '../ovh/index.ts';

/** Spans of what a worker does. */
export interface Traces {
  /** One attempt of a step. */
  interceptor(context: Context): ActivityInboundCallsInterceptor;
  /** The requests to OVH that it makes. */
  calls(project: string, fetch: Fetch): Fetch;
  /** Sends what is still to be sent. */
  close(): Promise<void>;
}

/** As OpenTelemetry's specification has it: where spans go, over OTLP. */
export function tracesEndpoint(env: NodeJS.ProcessEnv): string | undefined {
  if (env['OTEL_SDK_DISABLED'] === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none') return undefined;
  return env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT'] || undefined;
}

/**
 * Undefined where no endpoint is named: then nothing of OpenTelemetry is even loaded.
 *
 * @throws PackagesMissing, ConfigError
 */
export async function openTraces(env: NodeJS.ProcessEnv, client: () => Client): Promise<Traces | undefined> {
  const endpoint = tracesEndpoint(env);
  if (endpoint === undefined) return undefined;
  requirePackages('OTEL_EXPORTER_OTLP_ENDPOINT', 'traces');
  const { OtlpTraces } = await import('./otlp-traces.ts');
  return new OtlpTraces(env, client);
}
