import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cookieName, sessionConfig } from './session-config.ts';

const least = {
  issuer: 'https://id.example',
  client: { id: 'gateway', secret: 's' },
  origin: 'https://app.example',
  keys: ['the first of the keys, thirty-two characters'],
};
const faults = (more: Record<string, unknown>) =>
  sessionConfig.safeParse({ ...least, ...more }).error?.issues.map(({ path }) => path.join('.')) ?? [];

test('the least that is needed, and what it means', () => {
  const config = sessionConfig.parse(least);
  assert.deepEqual(
    [config.path, config.idle, config.absolute, config.recheck],
    ['/auth', 1_800_000, 43_200_000, 10_000],
  );
  assert.equal(cookieName(config), '__Host-frontdesk');
  const local = sessionConfig.parse({
    ...least,
    origin: 'http://localhost:4000',
    client: { id: 'a', method: 'none' },
  });
  assert.equal(cookieName(local), 'frontdesk');
  assert.deepEqual(faults({}), []);
});

test('what would not be safe is refused', () => {
  assert.deepEqual(faults({ origin: 'http://app.example' }), ['origin']);
  assert.deepEqual(faults({ issuer: 'http://id.example' }), ['issuer']);
  assert.deepEqual(faults({ trustedOrigins: ['http://partner.example'] }), ['trustedOrigins']);
  assert.deepEqual(faults({ trustedOrigins: ['https://partner.example', 'http://localhost:5173'] }), []);
  assert.deepEqual(faults({ keys: ['short'] }), ['keys.0']);
  assert.deepEqual(faults({ keys: [] }), ['keys']);
  assert.deepEqual(faults({ scopes: ['profile'] }), ['scopes']);
  assert.deepEqual(faults({ cookie: { name: '__Host-x' } }), ['cookie.name']);
  assert.deepEqual(faults({ claimsFrom: 'accessToken' }), ['audience']);
  assert.deepEqual(faults({ idle: '2h', absolute: '1h' }), ['idle']);
  for (const path of ['//evil.example', '/\\evil', 'https://evil.example', '/a b', ''])
    assert.notDeepEqual([faults({ afterLogin: [path] }), faults({ afterLogout: path })], [[], []], path);
  assert.deepEqual(faults({ afterLogin: ['/auth/login'] }), ['afterLogin']);
});
