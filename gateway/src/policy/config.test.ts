import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policiesConfig } from './config.ts';

test('a policy is an expression or a decision point', () => {
  const { tenant, ask } = policiesConfig.parse({
    tenant: { allow: 'identity.tenant == request.params.tenant', message: 'Not yours' },
    ask: { opa: { upstream: 'opa', path: 'shop/allow' } },
  });
  assert.ok(tenant && 'allow' in tenant && tenant.message === 'Not yours');
  assert.ok(ask && 'opa' in ask);
  assert.deepEqual(ask.opa, {
    upstream: 'opa',
    path: 'shop/allow',
    input: { claims: [], headers: [], query: false, address: false },
    timeout: 500,
    cache: 0,
    forward: [],
  });
});

test('what is neither, or wrong, is refused', () => {
  for (const wrong of [
    {},
    { allow: 'request.pth == ""' },
    { allow: '1' },
    { allow: 'true', opa: { upstream: 'a', path: 'b' } },
    { opa: { upstream: 'a', path: '/b' } },
    { opa: { upstream: 'a', path: '../b' } },
    { opa: { upstream: 'a', path: 'b', timeout: '0s' } },
    { opa: { upstream: 'a', path: 'b', cache: '2m' } },
    { opa: { upstream: 'a', path: 'b', forward: ['connection'] } },
    { opa: { upstream: 'a', path: 'b', forward: ['content-length'] } },
    { opa: { upstream: 'a', path: 'b', forward: ['Authorization'] } },
  ]) {
    assert.equal(policiesConfig.safeParse({ p: wrong }).success, false, JSON.stringify(wrong));
  }
});
