import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeRetry, retryConfig, routeRetryConfig } from './retry-config.ts';

test('a route that says nothing changes nothing', () => {
  const own = retryConfig.parse({ max: 2, methods: ['get'] });
  assert.deepEqual(mergeRetry(own, routeRetryConfig.parse({})), own);
});

test('what a route says replaces that alone', () => {
  const own = retryConfig.parse({});
  const merged = mergeRetry(own, routeRetryConfig.parse({ max: 0, errors: ['connect'], backoff: '1s' }));
  assert.deepEqual(merged, { ...own, max: 0, errors: ['connect'], backoff: 1000 });
});

test('a route has no budget of its own, and unknown errors are refused', () => {
  assert.equal(routeRetryConfig.safeParse({ budget: { ratio: 1 } }).success, false);
  assert.equal(routeRetryConfig.safeParse({ errors: ['bad-luck'] }).success, false);
  assert.equal(retryConfig.safeParse({ methods: ['GET /'] }).success, false);
});
