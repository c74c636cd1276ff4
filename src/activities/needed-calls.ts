import type { AccessRule } from '../ovh/index.ts';

/** A call, after `/cloud/project/{id}`; `*` is a name or an id. */
type NeededCall = readonly [method: 'GET' | 'POST' | 'DELETE', path: string];

/** Everything that the activities call inside a project: who provisions nodes needs these rights and no other. */
const inProject: readonly NeededCall[] = [
  ['GET', ''],
  ['GET', '/flavor'],
  ['GET', '/image'],
  ['GET', '/snapshot'],
  ['GET', '/sshkey'],
  ['GET', '/network/private'],
  ['GET', '/network/public'],
  ['GET', '/network/private/*/subnet'],
  ['GET', '/quota'],
  ['GET', '/region/*'],
  ['GET', '/operation'],
  ['GET', '/operation/*'],
  ['GET', '/instance'],
  ['GET', '/instance/group'],
  ['POST', '/instance'],
  ['GET', '/instance/*'],
  ['DELETE', '/instance/*'],
  ['GET', '/volume'],
  ['GET', '/volume/snapshot'],
  ['POST', '/volume'],
  ['GET', '/volume/*'],
  ['DELETE', '/volume/*'],
  ['POST', '/volume/*/attach'],
  ['POST', '/volume/*/detach'],
  ['POST', '/region/*/volume'],
];

/** What tells whose key it is and how long it works, and which projects there are. */
const beside: readonly NeededCall[] = [
  ['GET', '/auth/currentCredential'],
  ['GET', '/auth/details'],
  ['GET', '/cloud/project'],
];

/** The least rights of a consumer key that Mooring works with, in one project or (`*`) in all of an account. */
export function neededRules(projectId = '*'): AccessRule[] {
  const inside = inProject.map(([method, path]) => ({ method, path: `/cloud/project/${projectId}${path}` }));
  return [...beside.map(([method, path]) => ({ method, path })), ...inside];
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
