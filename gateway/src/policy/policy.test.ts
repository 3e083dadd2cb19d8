import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../core/manual-clock.ts';
import { makeExchange, makeIdentity } from '../core/testing/exchange.ts';
import { hiddenFields } from './input.ts';
import { ALLOWED, expressionPolicy } from './policy.ts';

const policy = (source: string) =>
  expressionPolicy({ name: 'p', source, hidden: hiddenFields([]), clock: new ManualClock() });

test('true allows, false denies with what decided, and an error denies too', () => {
  const { exchange } = makeExchange({ identity: makeIdentity({ roles: ['clerk'] }) });
  assert.equal(policy('"clerk" in identity.roles').decide(exchange), ALLOWED);
  assert.deepEqual(policy('"chief" in identity.roles').decide(exchange), {
    outcome: 'denied',
    detail: '"chief" in identity.roles is false',
  });
  assert.deepEqual(policy('identity.tenant != "x"').decide(exchange), {
    outcome: 'error',
    detail: 'No such key: tenant',
  });
});

test('it knows whether it looks at who asks', () => {
  assert.equal(policy('identity.anonymous').asksIdentity, true);
  assert.equal(policy('request.path == "/identity"').asksIdentity, false);
});
