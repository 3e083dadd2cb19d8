import assert from 'node:assert/strict';
import { test } from 'node:test';
import { corsConfig } from './cors-config.ts';

test('* and null never go with credentials', () => {
  for (const origin of ['*', 'null']) {
    assert.ok(corsConfig.safeParse({ origins: [origin] }).success);
    const { error } = corsConfig.safeParse({ origins: ['https://a.example', origin], credentials: true });
    assert.deepEqual(error?.issues[0]?.path, ['origins', 1]);
  }
  assert.ok(corsConfig.safeParse({ origins: ['https://*.a.example'], credentials: true }).success);
});
