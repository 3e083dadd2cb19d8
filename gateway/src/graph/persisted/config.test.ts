import assert from 'node:assert/strict';
import { test } from 'node:test';
import { automaticSettingsOf, documentsConfig, manifestsOf } from './config.ts';

test('defaults: automatic persisted queries are on, and everything is served', () => {
  const config = documentsConfig.parse(undefined);
  assert.deepEqual(automaticSettingsOf(config), {
    max: 1000,
    maxBytes: 4 * 1024 * 1024,
    shared: true,
    ttl: 86_400_000,
  });
  assert.equal(config.only, undefined);
  assert.deepEqual(manifestsOf(config), []);
});

test('one manifest or several', () => {
  assert.deepEqual(manifestsOf(documentsConfig.parse({ manifest: 'a.json' })), ['a.json']);
  assert.deepEqual(manifestsOf(documentsConfig.parse({ manifest: ['a.json', 'b.json'] })), [
    'a.json',
    'b.json',
  ]);
  assert.ok(!documentsConfig.safeParse({ manifest: [] }).success);
  assert.ok(!documentsConfig.safeParse({ only: 'some' }).success);
});
