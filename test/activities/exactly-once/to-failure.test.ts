import { expect, test } from 'vitest';
import type { ApplicationFailure } from '@temporalio/common';
import { finalFailure, toFailure, verdictOf } from '../../../src/activities/exactly-once/to-failure.ts';
import { OvhApiError, OvhNetworkError, OvhSchemaError } from '../../../src/ovh/index.ts';

const asked = { method: 'POST', path: '/cloud/project/p/instance' };
const answer = (status: number, fields: Partial<ConstructorParameters<typeof OvhApiError>[0]> = {}) =>
  new OvhApiError({ ...asked, status, fromOvh: true, reason: 'said OVH', ...fields });

test.each([
  ['refused', answer(400, { ovhClass: 'Client::BadRequest' }), 'no', 'OvhRejected'],
  ['conflict', answer(409, { ovhClass: 'Client::Conflict' }), 'no', 'OvhRejected'],
  ['quota by class', answer(409, { ovhClass: 'Client::MaxQuotaReached::Instance' }), 'no', 'QuotaExceeded'],
  ["quota in OpenStack's words", answer(403, { reason: 'Quota exceeded for cores' }), 'no', 'QuotaExceeded'],
  ['no right', answer(403, { ovhClass: 'Client::Forbidden' }), 'no', 'OvhForbidden'],
  ['no right for this call', answer(403, { errorCode: 'NOT_GRANTED_CALL' }), 'no', 'OvhForbidden'],
  ['not there', answer(404, { ovhClass: 'Client::NotFound' }), 'no', 'OvhNotFound'],
  ['credentials expired', answer(403, { errorCode: 'INVALID_CREDENTIAL' }), 'no', null],
  ['clock', answer(400, { errorCode: 'QUERY_TIME_OUT' }), 'no', null],
  ['too many requests', answer(429), 'no', null],
  ['time-out', answer(408, { fromOvh: false }), 'maybe', null],
  ['OVH in trouble', answer(500, { ovhClass: 'Server::InternalServerError' }), 'maybe', null],
  ['a proxy', answer(403, { fromOvh: false }), 'maybe', null],
  ['reset', new OvhNetworkError({ ...asked, reason: 'reset', timeout: false, sent: true }), 'maybe', null],
  [
    'no connection',
    new OvhNetworkError({ ...asked, reason: 'refused', timeout: false, sent: false }),
    'no',
    null,
  ],
  ['truncated', new OvhSchemaError({ ...asked, status: 200, problems: ['not JSON'] }), 'maybe', null],
  ['something of our own', new TypeError('oops'), 'maybe', null],
] as const)('%s', (_, error, applied, final) => {
  expect(verdictOf(error)).toMatchObject({ applied, final });
});

test('credentials that expire are retried every 30 s, with what must be renewed', () => {
  const failure = toFailure(answer(403, { errorCode: 'INVALID_CREDENTIAL' }), false) as ApplicationFailure;
  expect(failure).toMatchObject({ type: 'CredentialsRefused', nonRetryable: false, nextRetryDelay: 30_000 });
  expect(failure.message).toContain('renew the OVH credentials');
});

test.each([true, false])(
  'what ends a step says whether an answer is missing, also where OVH did not end it (%s)',
  (unclear) => {
    const late = toFailure(finalFailure('DeadlineExceeded', 'not attached in time'), unclear);
    expect(late).toMatchObject({ type: 'DeadlineExceeded', details: [{ unclear }] });
  },
);

test("OVH's own words and the query id reach whoever has to act", () => {
  const failure = toFailure(
    answer(400, { ovhClass: 'Client::BadRequest', queryId: 'EU.ext-1' }),
    false,
  ) as ApplicationFailure;
  expect(failure).toMatchObject({
    type: 'OvhRejected',
    nonRetryable: true,
    details: [
      { cause: { status: 400, ovhClass: 'Client::BadRequest', queryId: 'EU.ext-1' }, unclear: false },
    ],
  });
});
