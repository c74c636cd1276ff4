import { wildcard, type Credential } from './credentials.ts';

/** What IAM lets somebody do: what is allowed and not denied. `*` stands for anything. */
export interface Policy {
  allow: string[];
  deny: string[];
}

/** A program of an account's owner that logs in by itself. It may do nothing until a policy lets it. */
export interface ServiceAccount {
  clientId: string;
  clientSecret: string;
  account: string;
  policy: Policy;
}

/** What a service account got for its secret. */
export interface AccessToken {
  value: string;
  holder: ServiceAccount;
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** Who calls: a person who validated a consumer key, or a service account with a token. */
export interface Caller {
  account: string;
  policy: Policy;
  credential?: Credential;
  token?: AccessToken;
}

export const newPolicy = (allow: string[] = ['*']): Policy => ({ allow, deny: [] });

export function permits({ allow, deny }: Policy, action: string): boolean {
  const covers = (patterns: string[]) => patterns.some((pattern) => wildcard(pattern).test(action));
  return covers(allow) && !covers(deny);
}
