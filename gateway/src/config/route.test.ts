import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOBODY_ASKED } from '../auth/route-auth.ts';
import { routeConfig } from './route.ts';

const match = { path: '/a/*' };

test('a route says little and means much', () => {
  const route = routeConfig.parse({ match, to: { upstream: 'users' } });
  assert.equal(route.auth, undefined);
  assert.equal(route.limit, undefined);
  assert.deepEqual([route.scopes.names, route.roles.names], [[], []]);
  assert.equal(route.request.maxBody, 1024 * 1024);
  assert.deepEqual(route.response.strip, []);
});

test('auth: none asks nobody', () => {
  assert.deepEqual(routeConfig.parse({ match, to: { upstream: 'users' }, auth: 'none' }).auth, NOBODY_ASKED);
  for (const auth of [[], 'jwt', ['ldap']]) {
    assert.equal(routeConfig.safeParse({ match, to: { upstream: 'users' }, auth }).success, false);
  }
});

test('exactly one thing answers', () => {
  for (const to of [{ fixed: {} }, { graph: true }, { upstream: 'a', rewrite: '/b' }]) {
    assert.ok(routeConfig.safeParse({ match, to }).success);
  }
  for (const to of [{}, { upstream: 'a', fixed: {} }, { graph: false }, { upstream: 'a', rewrite: 'b' }]) {
    assert.ok(!routeConfig.safeParse({ match, to }).success);
  }
});
