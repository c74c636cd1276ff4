import type { StartOptions } from '../client/index.ts';

/** Who calls a program within a trace says so by `TRACEPARENT`, as OpenTelemetry's specification of environment variables has it. */
export function callersTrace(): StartOptions {
  return { traceparent: process.env['TRACEPARENT'] || undefined };
}
