import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dpopConfig } from './dpop-config.ts';

test('nothing need be said', () => {
  assert.deepEqual(dpopConfig.parse({}), {
    required: false,
    algorithms: ['ES256', 'EdDSA', 'Ed25519', 'PS256'],
    clockSkew: 30_000,
    maxAge: 60_000,
    replay: { whenStoreIsGone: 'allow', maxKept: 200_000 },
  });
  assert.equal(dpopConfig.parse({ nonce: { secret: 's'.repeat(32) } }).nonce?.rotation, 60_000);
});

test('what would weaken it is refused', () => {
  for (const bad of [
    { algorithms: ['HS256'] },
    { algorithms: ['none'] },
    { algorithms: [] },
    { clockSkew: '6m' },
    { maxAge: '11m' },
    { maxAge: '0s' },
    { nonce: { secret: 'short' } },
    { nonce: {} },
    { nonce: { secret: 's'.repeat(32), rotation: '1s' } },
    { replay: { whenStoreIsGone: 'maybe' } },
    { replay: { maxKept: 1 } },
    { leeway: '1s' },
  ]) {
    assert.equal(dpopConfig.safeParse(bad).success, false, JSON.stringify(bad));
  }
});
