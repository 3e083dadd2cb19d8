import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FrontdeskError } from '../../core/errors.ts';
import { identityWith } from './screen.fixture.ts';
import { refusalOf, screenFailure } from './screen-failure.ts';

it("a required part's failure is 503 that names it, but for what the caller did", () => {
  const made = screenFailure('user', new FrontdeskError('upstream_connect', { detail: 'users: refused' }));
  assert.equal(made.code, 'part_failed');
  assert.equal(made.retryAfterS, 1);
  assert.equal(made.detail, 'part user: upstream_connect: users: refused');
  assert.deepEqual(made.members, { part: 'user' });
  const limited = new FrontdeskError('upstream_limited');
  assert.equal(screenFailure('user', limited), limited);
});

it('says which scopes are lacking', () => {
  assert.equal(refusalOf({ identity: undefined }, [], 'part', 'p'), undefined);
  assert.equal(refusalOf({ identity: undefined }, ['a'], 'part', 'p')?.code, 'unauthenticated');
  const refusal = refusalOf({ identity: identityWith('a') }, ['a', 'b', 'c'], 'part', 'p');
  assert.equal(refusal?.detail, 'part p needs b c');
  assert.equal(refusalOf({ identity: identityWith('a') }, ['a'], 'screen', 's'), undefined);
});
