import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configSchema } from './schema.ts';
import { secretSettings } from './secrets.ts';

test('settings that are marked are found under maps, lists and alternatives; others are not', () => {
  const config = configSchema.parse({
    admin: { token: 'a-long-admin-token' },
    state: { redis: 'redis://127.0.0.1:1', password: 'p' },
    upstreams: { a: { url: 'http://127.0.0.1:1', credentials: { bearer: 'secret-bearer' } } },
    consumers: [{ id: 'acme', plan: 'free', apiKeys: [{ id: 'k1', sha256: 'ab'.repeat(32) }] }],
  });
  assert.deepEqual([...secretSettings(config)].toSorted(), [
    'admin.token',
    'consumers[0].apiKeys[0].sha256',
    'state.password',
    'upstreams.a.credentials.bearer',
  ]);
});
