import assert from 'node:assert/strict';
import { test } from 'node:test';
import { discoverConfig } from './config.ts';

test('exactly one source', () => {
  const file = { path: 'a.yaml' };
  assert.equal(discoverConfig.parse({ file }).startWithin, 5_000);
  for (const wrong of [{}, { file, etcd: { prefix: '/a/' } }]) {
    const { error } = discoverConfig.safeParse(wrong);
    assert.match(
      error?.issues[0]?.message ?? '',
      /expected exactly one of dns, srv, kubernetes, consul, etcd, file/,
    );
  }
});
