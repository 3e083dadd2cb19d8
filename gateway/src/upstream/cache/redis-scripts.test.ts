import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findScript, purgeScript, putScript } from './redis-scripts.ts';

test('each script is known by its own digest', () => {
  const digests = new Set([findScript, putScript, purgeScript].map(({ sha1 }) => sha1));
  assert.equal(digests.size, 3);
});
