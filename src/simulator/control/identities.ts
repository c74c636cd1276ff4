import { Hono } from 'hono';
import { isIP } from 'node:net';

import { newPolicy, type Policy } from '../world/callers.ts';
import type { Credential } from '../world/credentials.ts';
import type { SimulatorCredentials, World } from '../world/world.ts';
import { readObject } from './input.ts';
import { findProject } from './things.ts';

const credentialVerbs = {
  validate: 'validated',
  refuse: 'refused',
  expire: 'expired',
  revoke: 'expired',
} as const;

/** What decides who may do what: consumer keys, service accounts and their tokens, IAM, and where calls come from. */
export function identityRoutes(world: World, first: SimulatorCredentials): Hono {
  const routes = new Hono();

  routes.post('/credentials/:verb', async (c) => {
    const verb = c.req.param('verb');
    if (!isVerb(verb)) throw new TypeError(`A credential knows ${Object.keys(credentialVerbs).join(', ')}.`);
    const { consumerKey = first.consumerKey, expiresAt = null } = await readObject(c);
    if (expiresAt !== null && typeof expiresAt !== 'number')
      throw new TypeError('expiresAt is epoch milliseconds.');
    Object.assign(findCredential(world, consumerKey), { status: credentialVerbs[verb], expiresAt });
    return c.json(null);
  });

  routes.post('/service-accounts', async (c) => {
    const { projectId = first.projectId, allow = [] } = await readObject(c);
    const { account } = findProject(world, projectId);
    const { clientId, clientSecret } = world.addServiceAccount(account, newPolicy(actions('allow', allow)));
    return c.json({ clientId, clientSecret }, 201);
  });

  routes.post('/tokens/:verb', async (c) => {
    const verb = c.req.param('verb');
    if (verb !== 'expire' && verb !== 'revoke') throw new TypeError('A token knows expire, revoke.');
    const { clientId = first.clientId } = await readObject(c);
    for (const token of world.tokens.values()) {
      if (token.holder.clientId !== clientId) continue;
      if (verb === 'expire') token.expiresAt = world.now();
      else world.tokens.delete(token.value);
    }
    return c.json(null);
  });

  routes.post('/iam', async (c) => {
    const { consumerKey = first.consumerKey, clientId, allow, deny } = await readObject(c);
    if (allow === undefined && deny === undefined) throw new TypeError('Say what to allow or to deny.');
    const policy = policyOf(world, consumerKey, clientId);
    if (allow !== undefined) policy.allow = actions('allow', allow);
    if (deny !== undefined) policy.deny = actions('deny', deny);
    return c.json(policy);
  });

  routes.post('/client', async (c) => {
    const { ip } = await readObject(c);
    if (typeof ip !== 'string' || isIP(ip) === 0)
      throw new TypeError('ip is where all calls seem to come from.');
    world.clientIp = ip;
    return c.json({ ip });
  });

  return routes;
}

function isVerb(verb: string): verb is keyof typeof credentialVerbs {
  return Object.hasOwn(credentialVerbs, verb);
}

function actions(name: string, value: unknown): string[] {
  if (Array.isArray(value) && value.every((action) => typeof action === 'string')) return value;
  throw new TypeError(`${name} is a list of IAM actions, where * stands for anything.`);
}

/** Of a service account if one is named, else of a consumer key. */
function policyOf(world: World, consumerKey: unknown, clientId: unknown): Policy {
  if (clientId === undefined) return findCredential(world, consumerKey).policy;
  const serviceAccount = typeof clientId === 'string' ? world.serviceAccounts.get(clientId) : undefined;
  if (!serviceAccount) throw new TypeError('There is no such service account.');
  return serviceAccount.policy;
}

function findCredential(world: World, consumerKey: unknown): Credential {
  const credential = typeof consumerKey === 'string' ? world.credentials.get(consumerKey) : undefined;
  if (!credential) throw new TypeError('There is no such consumer key.');
  return credential;
}
