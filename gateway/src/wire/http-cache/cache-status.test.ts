import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { appendCacheStatus, formatCacheStatus } from './cache-status.ts';

test('RFC 9211 §2: what a cache did, by its parameters', () => {
  assert.equal(formatCacheStatus({ hit: true, ttl: 59.9 }), 'frontdesk; hit; ttl=59');
  assert.equal(formatCacheStatus({ hit: true, ttl: -3.2 }), 'frontdesk; hit; ttl=-3');
  assert.equal(
    formatCacheStatus({ forwarded: 'stale', forwardedStatus: 304, stored: true, ttl: 5 }),
    'frontdesk; fwd=stale; fwd-status=304; ttl=5; stored',
  );
  assert.equal(
    formatCacheStatus({ forwarded: 'uri-miss', collapsed: true }),
    'frontdesk; fwd=uri-miss; collapsed',
  );
});

test('RFC 9211 §2: it stands after what caches nearer the origin said', () => {
  const headers = new HeaderFields(['cache-status', 'origin; hit']);
  appendCacheStatus(headers, { forwarded: 'bypass' });
  assert.deepEqual(headers.getAll('cache-status'), ['origin; hit', 'frontdesk; fwd=bypass']);
});
