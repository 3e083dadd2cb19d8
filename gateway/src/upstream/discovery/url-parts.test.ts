import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basePath, hostName, urlHost } from './url-parts.ts';

test('paths begin with a slash and end without one', () => {
  for (const good of ['', '/v1', '/a/b-c.d~e%20f']) assert.equal(basePath.parse(good), good);
  for (const bad of ['v1', '/v1/', '/', '/a?b', '/a b', '/a#b'])
    assert.equal(basePath.safeParse(bad).success, false, bad);
});

test('hosts are names, and addresses are written as a URL writes them', () => {
  assert.equal(hostName.parse('users.shop.svc'), 'users.shop.svc');
  for (const bad of ['', 'a b', 'users:80', 'users/', 'a\u0000b', 'users。test', 'users..test']) {
    assert.equal(hostName.safeParse(bad).success, false, bad);
  }
  assert.equal(urlHost('fd00::1'), '[fd00::1]');
  assert.equal(urlHost('10.0.0.1'), '10.0.0.1');
});
