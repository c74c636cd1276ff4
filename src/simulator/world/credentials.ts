import { BlockList, isIPv6 } from 'node:net';

import type { Policy } from './callers.ts';

export interface Application {
  id: number;
  key: string;
  secret: string;
  account: string;
}

export interface AccessRule {
  method: string;
  path: string;
}

/** A consumer key: what a person allowed an application to do. */
export interface Credential {
  id: number;
  consumerKey: string;
  application: Application;
  /** Whose projects it reaches: the owner of the application, or who else validated it. */
  account: string;
  /** What the link to its validation carries. */
  validationToken: string;
  /** Where the browser goes after the validation. */
  redirection: string | null;
  status: 'pendingValidation' | 'validated' | 'refused' | 'expired';
  rules: AccessRule[];
  /** Address blocks that it may be used from; `null` is everywhere. */
  allowedIPs: string[] | null;
  createdAt: number;
  /** Epoch milliseconds; `null` never expires. */
  expiresAt: number | null;
  lastUseAt: number | null;
  policy: Policy;
}

export const everything: AccessRule[] = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'].map((method) => ({
  method,
  path: '/*',
}));

export function statusAt({ status, expiresAt }: Credential, now: number): Credential['status'] {
  return status === 'validated' && expiresAt !== null && expiresAt <= now ? 'expired' : status;
}

/** Whether a rule allows the call. `*` in a rule stands for anything, slashes included; nothing else does. */
export function isGranted(rules: AccessRule[], method: string, path: string): boolean {
  return rules.some((rule) => rule.method === method && wildcard(rule.path).test(path));
}

const compiled = new Map<string, RegExp>();

/** Whether the address is one of those that it may be used from. */
export function isAllowedFrom({ allowedIPs }: Credential, ip: string): boolean {
  if (allowedIPs === null || allowedIPs.length === 0) return true;
  const blocks = new BlockList();
  for (const block of allowedIPs) {
    const [address = '', bits] = block.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    blocks.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return blocks.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4');
}

export function wildcard(pattern: string): RegExp {
  let expression = compiled.get(pattern);
  if (!expression) {
    const literal = pattern.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
    expression = new RegExp(`^${literal.replaceAll('*', '.*')}$`, 's');
    compiled.set(pattern, expression);
  }
  return expression;
}
