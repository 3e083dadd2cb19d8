import assert from 'node:assert/strict';
import { test } from 'node:test';
import { healthConfig } from './health-config.ts';

test('the kind is all it takes', () => {
  assert.deepEqual(healthConfig.parse({ http: { path: '/healthz' } }), {
    http: { path: '/healthz', status: [2] },
    interval: 5000,
    timeout: 1000,
    healthyAfter: 2,
    unhealthyAfter: 3,
  });
  assert.deepEqual(healthConfig.parse({ tcp: {} }).tcp, {});
  assert.deepEqual(healthConfig.parse({ grpc: {} }).grpc, { service: '' });
  assert.deepEqual(healthConfig.parse({ http: { status: [200, '3xx'] } }).http?.status, [200, 3]);
});

test('what makes no sense is refused', () => {
  for (const bad of [
    {},
    { http: {}, tcp: {} },
    { http: { path: 'healthz' } },
    { http: { path: '/a b' } },
    { http: { status: [] } },
    { http: { status: ['6xx'] } },
    { tcp: {}, interval: '0s' },
    { tcp: {}, healthyAfter: 0 },
    { udp: {} },
  ]) {
    assert.equal(healthConfig.safeParse(bad).success, false, JSON.stringify(bad));
  }
});
