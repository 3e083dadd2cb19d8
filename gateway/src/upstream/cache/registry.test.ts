import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { cacheConfig } from './config.ts';
import { CacheRegistry } from './registry.ts';
import { storedOf } from './stored.fixture.ts';

function settings(text: object) {
  const config = cacheConfig.parse(text);
  if (!config) throw new TypeError('no cache');
  return config;
}

test('a cache lives on under the same name and settings, and ends with its last lease', async () => {
  const registry = new CacheRegistry({ clock: new ManualClock() });
  const first = registry.lease('a', settings({}));
  const second = registry.lease('a', settings({}));
  assert.equal(first.value, second.value);
  assert.notEqual(registry.lease('a', settings({ maxEntry: '1KiB' })).value, first.value);
  assert.notEqual(registry.lease('b', settings({})).value, first.value);
  await first.release();
  assert.equal(registry.lease('a', settings({})).value, second.value);
});

test('a purge reaches the caches of one upstream, or all, and tells which', async () => {
  const registry = new CacheRegistry({ clock: new ManualClock() });
  for (const name of ['a', 'b']) {
    registry.lease(name, settings({})).value.put('slot', '/x', storedOf({ 'cache-tag': 't' }), 0);
  }
  assert.deepEqual(await registry.purge('a', { kind: 'tag', tag: 't' }), { upstreams: ['a'], removed: 1 });
  assert.deepEqual(await registry.purge(undefined, { kind: 'tag', tag: 't' }), {
    upstreams: ['a', 'b'],
    removed: 1,
  });
  assert.deepEqual(await registry.purge('c', { kind: 'all' }), { upstreams: [], removed: 0 });
});

test('Redis is opened for the first cache in it, once, and closed with the registry', async () => {
  let opened = 0;
  let closed = 0;
  const registry = new CacheRegistry({
    clock: new ManualClock(),
    openRedis: async () => {
      opened += 1;
      return {
        runBinary: async () => [],
        close: async () => {
          closed += 1;
        },
      };
    },
  });
  await new CacheRegistry({ clock: new ManualClock() }).close();
  registry.lease('a', settings({}));
  assert.equal(opened, 0);
  registry.lease('a', settings({ store: 'redis' }));
  registry.lease('b', settings({ store: 'redis' }));
  assert.equal(opened, 1);
  await registry.close();
  assert.equal(closed, 1);
});
