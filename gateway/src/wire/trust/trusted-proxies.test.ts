import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileTrust, trustedProxiesConfig } from './trusted-proxies.ts';

test('the proxies of the list are trusted and nobody else', () => {
  const config = trustedProxiesConfig.parse({ addresses: ['10.0.0.0/8', '2001:db8::/32', '192.0.2.7'] });
  const trusts = compileTrust(config);
  for (const address of ['10.1.2.3', '2001:db8::1', '192.0.2.7']) assert.ok(trusts(address), address);
  for (const address of ['11.0.0.1', '192.0.2.8', '2001:db9::1', '', 'unknown']) {
    assert.ok(!trusts(address), address);
  }
});

test('a list without a proxy is none', () => {
  assert.equal(trustedProxiesConfig.safeParse({ addresses: [] }).success, false);
});
