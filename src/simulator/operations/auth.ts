import { gatewayError } from '../http/api-error.ts';
import { operation } from '../http/operation.ts';
import { ipBlock, list, object, oneOf, optional, string } from '../http/parameters.ts';
import { statusAt } from '../world/credentials.ts';

const method = oneOf('auth.HTTPMethodEnum', ['DELETE', 'GET', 'PATCH', 'POST', 'PUT']);

export const authOperations = [
  operation({
    method: 'GET',
    path: '/auth/time',
    open: true,
    handle: ({ world, now }) => Math.floor((now + world.delays.clockSkewMs) / 1000),
  }),

  operation({
    method: 'POST',
    path: '/auth/credential',
    open: true,
    body: {
      accessRules: list(object('auth.AccessRuleRequest', { method, path: string })),
      allowedIPs: optional(list(ipBlock)),
      redirection: optional(string),
    },
    handle({ world, body, origin, applicationKey }) {
      const application = world.applications.get(applicationKey ?? '');
      if (!application) throw gatewayError(403, 'INVALID_KEY', 'This application key is invalid');
      const credential = world.addCredential(application, body.accessRules, body.allowedIPs ?? null);
      return {
        consumerKey: credential.consumerKey,
        state: credential.status,
        validationUrl: `${origin}/auth/?credentialToken=${world.random.token(64)}`,
      };
    },
  }),

  operation({
    method: 'GET',
    path: '/auth/currentCredential',
    handle({ world, credential, now }) {
      if (!credential) return undefined;
      const dateOrNull = (time: number | null) => (time === null ? null : world.date(time));
      return {
        credentialId: credential.id,
        applicationId: credential.application.id,
        creation: world.date(credential.createdAt),
        expiration: dateOrNull(credential.expiresAt),
        lastUse: dateOrNull(credential.lastUseAt),
        status: statusAt(credential, now),
        rules: credential.rules,
        allowedIPs: credential.allowedIPs,
        ovhSupport: false,
      };
    },
  }),

  operation({
    method: 'GET',
    path: '/auth/details',
    handle({ credential }) {
      if (!credential) return undefined;
      const { account } = credential.application;
      return {
        account,
        allowedRoutes: credential.rules,
        description: null,
        identities: [`urn:v1:eu:identity:account:${account}`],
        method: 'account',
        roles: null,
        user: null,
      };
    },
  }),
];
