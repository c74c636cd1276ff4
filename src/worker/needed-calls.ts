import { workflowTypes, type Calling } from '../contract/schemas/workflow-types.ts';
import type { AccessRule } from '../ovh/index.ts';

/** Who calls OVH; fleets do it through their nodes. `provision` includes its undo. */
export const CALLING: readonly Calling[] = [
  ...new Set(Object.values(workflowTypes).map(({ calls }) => calls)),
];

/** A call inside a project, and who makes it. */
interface NeededCall {
  method: 'GET' | 'POST' | 'DELETE';
  /** After `/cloud/project/{id}`; `*` is a name or an id. */
  path: string;
  /** The action of OVH's IAM, after `publicCloudProject:apiovh:`. */
  iam: string;
  by: readonly Calling[];
}

const call = (
  method: NeededCall['method'],
  path: string,
  iam: string,
  by: readonly Calling[] = CALLING,
): NeededCall => ({ method, path, iam, by });

const DELETING: readonly Calling[] = ['provision', 'destroy', 'reap'];
const DESCRIBING: readonly Calling[] = ['provision', 'destroy', 'inspect', 'reap'];

/** Everything that the activities call inside a project: who provisions nodes needs these rights and no other. */
export const neededCalls: readonly NeededCall[] = [
  call('GET', '', 'get'),
  call('GET', '/flavor', 'flavor/get', DESCRIBING),
  call('GET', '/image', 'image/get', DESCRIBING),
  call('GET', '/snapshot', 'snapshot/get', DESCRIBING),
  call('GET', '/sshkey', 'sshkey/get', ['provision']),
  call('GET', '/network/private', 'network/private/get', ['provision', 'inspect']),
  call('GET', '/network/public', 'network/public/get', ['provision', 'inspect']),
  call('GET', '/network/private/*/subnet', 'network/private/subnet/get', ['provision']),
  call('GET', '/quota', 'quota/get', ['provision']),
  call('GET', '/region', 'region/get'),
  call('GET', '/region/*', 'region/get'),
  call('GET', '/operation', 'operation/get', ['provision']),
  call('GET', '/operation/*', 'operation/get', ['provision']),
  call('GET', '/instance', 'instance/get'),
  call('GET', '/instance/group', 'instance/group/get', ['provision']),
  call('POST', '/instance', 'instance/create', ['provision']),
  call('GET', '/instance/*', 'instance/get', DESCRIBING),
  call('DELETE', '/instance/*', 'instance/delete', DELETING),
  call('GET', '/volume', 'volume/get'),
  call('GET', '/volume/snapshot', 'volume/snapshot/get', ['provision']),
  call('POST', '/volume', 'volume/create', ['provision']),
  call('GET', '/volume/*', 'volume/get', DESCRIBING),
  call('DELETE', '/volume/*', 'volume/delete', DELETING),
  call('POST', '/volume/*/attach', 'volume/attach', ['provision']),
  call('POST', '/volume/*/detach', 'volume/detach', DELETING),
  call('GET', '/instance/*/interface', 'instance/interface/get', DESCRIBING),
  call('GET', '/region/*/gateway', 'region/gateway/get', ['provision']),
  call('GET', '/region/*/floatingip', 'region/floatingip/get', DESCRIBING),
  call('GET', '/region/*/floatingip/*', 'region/floatingip/get', DELETING),
  call('POST', '/region/*/instance/*/floatingIp', 'region/instance/floatingIp/create', ['provision']),
  call('POST', '/region/*/instance/*/associateFloatingIp', 'region/instance/associateFloatingIp', [
    'provision',
  ]),
  call('POST', '/region/*/floatingip/*/detach', 'region/floatingip/detach', ['provision']),
  call('DELETE', '/region/*/floatingip/*', 'region/floatingip/delete', DELETING),
  call('POST', '/region/*/instance', 'region/instance/create', ['provision']),
  call('POST', '/region/*/volume', 'region/volume/create', ['provision']),
];

/** What tells whose key it is and how long it works, and which projects there are. */
const beside: readonly AccessRule[] = ['/auth/currentCredential', '/auth/details', '/cloud/project'].map(
  (path) => ({ method: 'GET', path }),
);

/** The least rights of a consumer key that Mooring works with, in one project or (`*`) in all of an account. */
export function neededRules(projectId = '*'): AccessRule[] {
  const inside = neededCalls.map(({ method, path }) => ({
    method,
    path: `/cloud/project/${projectId}${path}`,
  }));
  return [...beside, ...inside];
}

/** Those of the needed calls that no rule grants. */
export function refusedCalls(
  rules: readonly { method: string; path: string }[],
  projectId = '*',
): AccessRule[] {
  return neededRules(projectId).filter(
    (needed) => !rules.some(({ method, path }) => method === needed.method && covers(path, needed.path)),
  );
}

/** A `*` of a rule stands for anything, slashes too; that of a need for something that is not known yet. */
function covers(rule: string, need: string): boolean {
  const literal = rule.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${literal.replaceAll('*', '.*')}$`).test(need);
}
