import { gatewayError, serviceError } from '../http/api-error.ts';
import { operation } from '../http/operation.ts';
import { ipBlock, list, object, oneOf, optional, string } from '../http/parameters.ts';
import { checkRedirection } from '../login/validation.ts';
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
    handle({ world, body: { accessRules: rules, allowedIPs, redirection }, origin, applicationKey }) {
      const application = world.applications.get(applicationKey ?? '');
      if (!application) throw gatewayError(403, 'INVALID_KEY', 'This application key is invalid');
      const credential = world.addCredential(application, {
        rules,
        allowedIPs,
        redirection: checkRedirection(redirection),
      });
      return {
        consumerKey: credential.consumerKey,
        state: credential.status,
        validationUrl: `${origin}/auth/?credentialToken=${credential.validationToken}`,
      };
    },
  }),

  operation({
    method: 'GET',
    path: '/auth/currentCredential',
    handle({ world, caller, now }) {
      const credential = caller?.credential;
      // A token is none, and has no number to be shown under.
      if (!credential) throw serviceError(404, 'Client::NotFound', 'This credential does not exist');
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
    handle({ caller: { account = '', credential, token } = {} }) {
      const identity = token
        ? `urn:v1:eu:identity:credential:${account}/oauth2-${token.holder.clientId}`
        : `urn:v1:eu:identity:account:${account}`;
      return {
        account,
        allowedRoutes: credential?.rules ?? null,
        description: null,
        identities: [identity],
        method: token ? 'oauth2_client_credentials' : 'account',
        roles: null,
        user: null,
      };
    },
  }),

  operation({
    method: 'POST',
    path: '/auth/logout',
    handle({ caller: { credential, token } = {}, now }) {
      if (credential) credential.status = 'expired';
      if (token) token.expiresAt = now;
    },
  }),

  operation({
    method: 'POST',
    path: '/auth/token',
    // Good for one login to another of OVH's applications, none of which is here.
    handle: ({ world }) => ({ token: world.random.token(64) }),
  }),
];
