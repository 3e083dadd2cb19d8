import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mirrorConfig } from './config.ts';

test('all safe calls are copied where nothing else is said', () => {
  assert.deepEqual(mirrorConfig.parse({ upstream: 'shadow' }), {
    upstream: 'shadow',
    share: 1,
    methods: ['GET', 'HEAD', 'OPTIONS'],
    maxBody: 65_536,
    maxInFlight: 32,
    timeout: 5000,
  });
  assert.equal(mirrorConfig.parse({ upstream: 'shadow', share: '10%' }).share, 0.1);
});

test('methods are written as they are sent, and tunnels are not copied', () => {
  for (const method of ['get', 'CONNECT', 'TRACE', ''])
    assert.equal(mirrorConfig.safeParse({ upstream: 'shadow', methods: [method] }).success, false, method);
});
