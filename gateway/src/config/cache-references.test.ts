import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cacheFaults } from './cache-references.ts';
import { formatFault } from './fault.ts';
import { readYaml } from './yaml-source.ts';

const check = (text: string): string[] => cacheFaults(readYaml('f', text).root).map(formatFault);

test('a cache in Redis without one is shown at its place', () => {
  const text = 'upstreams:\n  a: { cache: true }\n  b: { cache: { store: redis } }\n';
  assert.deepEqual(check(text), [
    'f:3:24: upstreams.b.cache.store: needs the Redis of state.redis, which is not there',
  ]);
  assert.deepEqual(check(`state: { redis: "redis://r" }\n${text}`), []);
  assert.deepEqual(check('routes: []\n'), []);
});
