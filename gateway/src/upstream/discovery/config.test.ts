import assert from 'node:assert/strict';
import { test } from 'node:test';
import { discoverConfig, isPlain } from './config.ts';

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

test('what would be called in the clear is known, but where entries say it', () => {
  const plain = (source: object): boolean => isPlain(discoverConfig.parse(source));
  assert.equal(plain({ dns: { url: 'http://users.internal' } }), true);
  assert.equal(plain({ dns: { url: 'https://users.internal' } }), false);
  assert.equal(plain({ consul: { service: 'users' } }), true);
  assert.equal(plain({ kubernetes: { service: 'users', scheme: 'https' } }), false);
  assert.equal(plain({ file: { path: 'a.yaml' } }), false);
});
