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
  status: 'pendingValidation' | 'validated' | 'refused' | 'expired';
  rules: AccessRule[];
  allowedIPs: string[] | null;
  createdAt: number;
  /** Epoch milliseconds; `null` never expires. */
  expiresAt: number | null;
  lastUseAt: number | null;
  /** IAM actions that it lacks; `*` at the end stands for anything. */
  deniedActions: string[];
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

export function isDenied(deniedActions: string[], action: string): boolean {
  return deniedActions.some((denied) => wildcard(denied).test(action));
}

const compiled = new Map<string, RegExp>();

function wildcard(pattern: string): RegExp {
  let expression = compiled.get(pattern);
  if (!expression) {
    const literal = pattern.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
    expression = new RegExp(`^${literal.replaceAll('*', '.*')}$`, 's');
    compiled.set(pattern, expression);
  }
  return expression;
}
