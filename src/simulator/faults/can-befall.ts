import { operations } from '../operations/index.ts';
import type { FaultKind } from './fault.ts';

const inside = '/cloud/project/{serviceName}/';

/** What ends in a noun answers with a list of such things, but for one region's quota. */
const lists = operations
  .filter(({ method, path }) => method === 'GET' && path.startsWith(inside) && !path.endsWith('}'))
  .filter(({ path }) => !path.endsWith('/{regionName}/quota'))
  .map(({ path }) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`));

/** Whether a fault of this kind can befall the request at all; else it waits for the next one. */
export function canBefall(kind: FaultKind, method: string, path: string): boolean {
  switch (kind) {
    case 'list-incomplete':
      return method === 'GET' && lists.some((list) => list.test(path));
    case 'answer-of-another':
      return method !== 'DELETE' && /^\/cloud\/project\/[^/]+\//.test(path);
    default:
      return true;
  }
}
