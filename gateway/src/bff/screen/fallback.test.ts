import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { BackendStatusError, GrpcStatusError } from '../backend-failure.ts';
import { isLastGood, lastGood, maySurvive } from './fallback.ts';

it('a last good value is null where there is none, unless it is said otherwise', () => {
  assert.deepEqual(
    [
      lastGood('10m').forMs,
      lastGood('10m').otherwise,
      lastGood('10m', [1]).otherwise,
      lastGood('10m').shared,
    ],
    [600_000, null, [1], false],
  );
  assert.ok(isLastGood(lastGood('1s')) && !isLastGood([]) && !isLastGood(null));
  assert.throws(
    () => Reflect.apply(lastGood, undefined, ['10']),
    /expected a duration such as 10m, not "10"/,
  );
});

it('an older answer stands in where there was none, not where it was no', () => {
  const grpc = (name: string) => new GrpcStatusError('d', 'm', { code: 5, name, message: '' });
  const yes = [
    new FrontdeskError('upstream_timeout'),
    new FrontdeskError('upstream_limited'),
    new FrontdeskError('upstream_invalid'),
    new BackendStatusError('u', 'GET /', 500),
    new BackendStatusError('u', 'GET /', 429),
    grpc('UNAVAILABLE'),
    new TypeError('a bug'),
  ];
  const no = [
    new FrontdeskError('insufficient_scope'),
    new FrontdeskError('unauthenticated'),
    new BackendStatusError('u', 'GET /', 404),
    new BackendStatusError('u', 'GET /', 403),
    grpc('NOT_FOUND'),
  ];
  assert.deepEqual(
    yes.map(maySurvive),
    yes.map(() => true),
  );
  assert.deepEqual(
    no.map(maySurvive),
    no.map(() => false),
  );
});
