import { fileURLToPath } from 'node:url';
import { TemporalFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * What Temporal keeps of a failure names no path of this machine. What was thrown on purpose says all it has to say; of a fault
 * of ours the trace names files, as seen from where Mooring is installed. Logs have all of it.
 */
export const withoutPaths: ActivityInboundCallsInterceptor = {
  async execute(input, next) {
    try {
      return await next(input);
    } catch (error) {
      for (let each = error; each instanceof Error; each = each.cause) each.stack = told(each);
      throw error;
    }
  },
};

function told(error: Error): string {
  if (error instanceof TemporalFailure) return '';
  return (error.stack ?? '')
    .replaceAll(root, '')
    .replaceAll(/(?:file:\/\/)?\/[^\s():]*\/(?=node_modules\/)/g, '');
}
