import { required } from '../contract/required.ts';
import type { GuestAddress } from './connect.ts';
import { GuestError, type GuestTrouble } from './guest-error.ts';

/** What ssh2 says: `level` tells which part of it speaks, `code` is the system's. */
export interface SshFailure {
  message: string;
  level?: string;
  code?: string;
}

type Row = [situation: string, matches: (failure: SshFailure) => boolean, trouble: GuestTrouble];

/**
 * What each end of a connection means, first match first. Measured with ssh2 1.17 against OpenSSH 9.2 and 10.0. A key
 * that the verifier has refused never comes here.
 */
const TABLE: Row[] = [
  [
    'it has no key of a kind that is pinned',
    ({ level, message }) => level === 'handshake' && /host key/i.test(message),
    'wrong key',
  ],
  ['login refused', ({ level }) => level === 'client-authentication', 'login refused'],
  ['refused, reset, no route, no such name', ({ level }) => level === 'client-socket', 'unreachable'],
  ['silent', ({ level }) => level === 'client-timeout', 'unreachable'],
  [
    'it speaks no SSH, has too many connections, or punishes this one',
    ({ level }) => level === 'protocol',
    'unreachable',
  ],
  ['whatever else', () => true, 'unreachable'],
];

/** The trouble behind the end of a connection; undefined: it was closed without a word. */
export function troubleOf(failure: SshFailure | undefined, address: GuestAddress): GuestError {
  const { host, port, user } = address;
  const at = `${host}:${port}`;
  if (!failure) return new GuestError('unreachable', `${at} closes the connection without a word`);
  const [, , trouble] = required(
    TABLE.find(([, matches]) => matches(failure)),
    'the last row of the table',
  );
  const sentences: Record<GuestTrouble, string> = {
    unreachable: `${at} does not answer by SSH yet: ${failure.code ?? failure.message}`,
    'wrong key': `the machine at ${at} has no host key of the expected kind: ${failure.message}`,
    'login refused': `${at} does not let ${user} in with this key`,
    lost: failure.message,
    worker: failure.message,
  };
  return new GuestError(trouble, sentences[trouble], { cause: failure });
}
