import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cacheConfig, freshnessRules } from './config.ts';

test('true is a cache with default settings, false is none', () => {
  const config = cacheConfig.parse(true);
  assert.equal(config?.maxSize, 64 * 1024 * 1024);
  assert.deepEqual(config, cacheConfig.parse({}));
  assert.equal(cacheConfig.parse(false), undefined);
  assert.equal(cacheConfig.safeParse({ store: 'disk' }).success, false);
  assert.equal(cacheConfig.safeParse({ ttl: '5s' }).success, false);
});

test('the rules speak of seconds', () => {
  const config = cacheConfig.parse({ heuristic: '10m', staleIfError: '5s' });
  assert.ok(config);
  const rules = freshnessRules(config);
  assert.deepEqual([rules.heuristicMaxS, rules.staleIfErrorS, rules.staleWhileRevalidateS], [600, 5, 0]);
});
