import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compressConfig, compressSettingsOf } from './compress-config.ts';

test("a route's own word counts before the one for all", () => {
  const all = compressConfig.parse({ codings: ['gzip'] });
  const own = compressConfig.parse({ codings: ['br'] });
  assert.equal(compressSettingsOf(undefined, undefined), undefined);
  assert.equal(compressSettingsOf(undefined, false), undefined);
  assert.equal(compressSettingsOf(false, all), undefined);
  assert.equal(compressSettingsOf(undefined, all), all);
  assert.equal(compressSettingsOf(true, all), all);
  assert.equal(compressSettingsOf(own, all), own);
  assert.deepEqual(compressSettingsOf(true, false)?.codings, ['zstd', 'br', 'gzip']);
});

test('a type that none is, is a fault', () => {
  for (const type of ['*/*', 'text', 'TEXT/html', '*+', 'a b/c']) {
    assert.equal(compressConfig.safeParse({ types: [type] }).success, false, type);
  }
});
