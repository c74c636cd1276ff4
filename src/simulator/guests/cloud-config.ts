import { parse } from 'yaml';
import { messageOf } from '../../contract/unknown.ts';

import { isDict, merge, mergersOf } from './merge.ts';
import { partsOf, type UserDataPart } from './user-data-parts.ts';

interface CloudConfig {
  /** All parts in one. */
  config: Record<string, unknown>;
  /** What cloud-init would have warned of. */
  problems: string[];
}

/** The cloud-config of user data, its parts merged in their order. Scripts and whatever else is in it is not run. */
export function cloudConfigOf(userData: string | null): CloudConfig {
  let config: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const part of partsOf(userData ?? '')) {
    if (!isCloudConfig(part)) continue;
    try {
      const content: unknown = parse(part.text, { schema: 'yaml-1.1' });
      if (!isDict(content)) throw new Error('empty cloud config');
      const { merge_how: _how, merge_type: _type, ...rest } = content;
      const header = part.headers.get('merge-type') ?? part.headers.get('x-merge-type');
      // Of two dicts `merge` makes one.
      config = merge(config, rest, mergersOf(content, header)) as Record<string, unknown>;
    } catch (error) {
      problems.push(`Failed at merging in cloud config part: ${messageOf(error).split('\n')[0]}`);
    }
  }
  return { config, problems };
}

/** By its type where that says anything, else by its first line. */
function isCloudConfig({ headers, text }: UserDataPart): boolean {
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? 'text/plain';
  if (type === 'text/cloud-config') return true;
  const isOpen = ['text/plain', 'text/x-not-multipart', 'application/octet-stream'].includes(type);
  return isOpen && /^\s*(## template: jinja\s*\n)?#cloud-config\s*(\n|$)/.test(text);
}
