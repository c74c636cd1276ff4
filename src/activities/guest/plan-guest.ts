import type { CheckedSpec, GuestPlan, Place } from '../../contract/index.ts';
import { needsGuest, needsLogin } from '../../contract/index.ts';
import { fingerprintOf, keyOf } from '../../guest/host-key.ts';
import { digestOf } from '../../guest/run.ts';
import { finalFailure } from '../exactly-once/to-failure.ts';
import type { GuestAccess } from './guest-access.ts';
import { environmentOf, NO_TEXT, sourceOf } from './step-files.ts';
import { KeyError } from './worker-keys.ts';

type Wanted = Required<Pick<CheckedSpec, 'ssh' | 'deploy'>> & Pick<CheckedSpec, 'sshKey' | 'ready'>;

/** What is known of who gets into the guest. */
interface Admitted {
  /** Whom the image lets in; undefined: nobody knows yet. */
  login: string | null | undefined;
  /** Public lines of all keys that the new machine lets in; undefined: nobody can know. */
  keys: string[] | undefined;
}

/**
 * How the guest is reached, and what runs in it: everything that can be wrong with it is said before anything is made.
 *
 * @returns null where nothing is asked of the guest.
 * @throws PreflightFailed, HostKeyUnknown
 */
export async function planGuest(
  guests: GuestAccess,
  { mark }: Pick<Place, 'mark'>,
  wanted: Wanted,
  admitted: Admitted,
): Promise<GuestPlan | null> {
  const { ssh, deploy, ready, sshKey } = wanted;
  if (!needsGuest(ready, deploy)) return null;
  const { user, port, address } = ssh;
  const key = ssh.key ?? sshKey ?? null;

  const hostKeys = hostKeysOf(guests, mark, ssh.hostKey);
  if (needsLogin(ready, deploy)) {
    if (hostKeys.length === 0)
      throw finalFailure(
        'HostKeyUnknown',
        'nobody knows the host key of the node beforehand, and a key that nobody knows is not trusted; set MOORING_HOST_KEY_SECRET on the worker, or give ssh.hostKey',
      );
    const problems = await loginProblems(guests, key, user ?? admitted.login, admitted.keys);
    if (problems.length > 0) throw finalFailure('PreflightFailed', problems.join('; '));
  }
  return { user, port, address, key, hostKeys, digests: await digestsOf(guests, deploy) };
}

/** Public lines, one of which the machine of that mark proves itself with. */
export function hostKeysOf(guests: GuestAccess, mark: string, hostKey: string): string[] {
  return hostKey === 'derived' ? guests.hostKeys(mark).map(({ publicKey }) => publicKey) : [keyOf(hostKey)];
}

async function loginProblems(
  guests: GuestAccess,
  key: string | null,
  user: string | null | undefined,
  admitted: string[] | undefined,
): Promise<string[]> {
  const problems: string[] = [];
  if (key === null)
    problems.push('ssh.key is missing: the worker has more keys than one, or none; name one of them');
  if (user === null) problems.push('the image does not say whom it lets in; name the user by ssh.user');
  try {
    if (key === null) return problems;
    const own = await guests.keys.publicKey(key);
    const isAdmitted = admitted?.some((line) => keyOf(line) === own) ?? true;
    if (!isAdmitted)
      problems.push(
        `the worker's SSH key "${key}" (${fingerprintOf(own)}) is none that the node lets in (${admitted?.map(fingerprintOf).join(', ') || 'it has no sshKey'}); name its public half by sshKey, or by an authorizedKey step`,
      );
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    problems.push(`ssh.key: ${error.message}`);
  }
  return problems;
}

/** Reads each source once: what it holds now is what runs, or nothing does. */
async function digestsOf(guests: GuestAccess, { steps }: Wanted['deploy']): Promise<string[]> {
  const { sources } = guests;
  const digests: string[] = [];
  for (const step of steps) {
    const source = sourceOf(step);
    const read = source && guests.sealed(digestOf(await sources.read(source.field, source.from)));
    if ('env' in step) await environmentOf(step, sources);
    digests.push(read ?? step.digest ?? NO_TEXT);
  }
  return digests;
}
