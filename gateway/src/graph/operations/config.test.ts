import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restOperationsConfig } from './config.ts';

test('a mount is a path without a slash at its end; the document is kept unless it is said', () => {
  assert.deepEqual(restOperationsConfig.parse({ folder: './o', mount: '/api' }), {
    folder: './o',
    mount: '/api',
    openapi: false,
  });
  for (const mount of ['/', '/api/', 'api']) {
    assert.ok(!restOperationsConfig.safeParse({ folder: './o', mount }).success);
  }
});
