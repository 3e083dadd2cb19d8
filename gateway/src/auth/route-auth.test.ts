import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routeAuthConfig } from './route-auth.ts';

test('a list and `any` say the same, and anonymous makes credentials optional', () => {
  const one = { require: 'any', schemes: ['jwt', 'apiKey'], anonymous: false };
  assert.deepEqual(routeAuthConfig.parse(['jwt', 'apiKey']), one);
  assert.deepEqual(routeAuthConfig.parse({ any: ['jwt', 'apiKey'] }), one);
  assert.deepEqual(routeAuthConfig.parse(['jwt', 'anonymous']), {
    require: 'any',
    schemes: ['jwt'],
    anonymous: true,
  });
});

test('none asks nobody, and all wants each scheme', () => {
  assert.deepEqual(routeAuthConfig.parse('none'), { require: 'any', schemes: [], anonymous: true });
  assert.deepEqual(routeAuthConfig.parse({ all: ['mtls', 'jwt'] }), {
    require: 'all',
    schemes: ['mtls', 'jwt'],
    anonymous: false,
  });
});

test('what is neither is refused with what was expected', () => {
  for (const bad of [[], 'some', ['jtw'], { all: ['anonymous'] }, { any: [], all: [] }]) {
    const parsed = routeAuthConfig.safeParse(bad);
    assert.equal(parsed.success, false);
    assert.match(parsed.error?.issues[0]?.message ?? '', /expected none, a list of schemes/);
  }
});
