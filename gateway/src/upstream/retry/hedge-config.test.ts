import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hedgeConfig } from './hedge-config.ts';

test('nothing but {} need be said', () => {
  const config = hedgeConfig.parse({});
  assert.deepEqual(config.after, { quantile: 0.95 });
  assert.deepEqual(config.budget, { ratio: 0.1, min: 1 });
  assert.deepEqual([config.to, config.min], ['another', 5]);
});

test('a time instead of a quantile; nothing else', () => {
  assert.equal(hedgeConfig.parse({ after: '50ms' }).after, 50);
  assert.equal(hedgeConfig.safeParse({ after: 'p42' }).success, false);
});
