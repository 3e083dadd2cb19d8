import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { addressesConfig, addressGuard } from './address-guard.ts';

const refuses = (address: string, config: object = {}): boolean =>
  addressGuard(addressesConfig.parse(config))({ url: 'http://users.test:80', address, weight: 1 }) !==
  undefined;

describe('an answer that names this machine, its link or its cloud is refused', () => {
  for (const address of [
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '169.254.169.254',
    '224.0.0.1',
    '255.255.255.255',
    '100.100.100.200',
    '168.63.129.16',
    '::',
    '::1',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    'fd00:ec2::254',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '64:ff9b::169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '2002:7f00:1::',
  ]) {
    test(`C53: ${address}`, () => assert.equal(refuses(address), true));
  }
});

test('C53: private ranges are where services live, unless the configuration says otherwise', () => {
  for (const address of [
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    'fd12::1',
    '::ffff:10.0.0.1',
  ]) {
    assert.equal(refuses(address), false, address);
    assert.equal(refuses(address, { private: false }), true, address);
    assert.equal(refuses(address, { private: false, allow: [address] }), false, address);
  }
  for (const address of ['203.0.113.1', '8.8.8.8', '2001:db8::1', '172.32.0.1', '64:ff9b::808:808']) {
    assert.equal(refuses(address, { private: false }), false, address);
  }
});

test('what is allowed is taken, in whatever form it is said', () => {
  const config = { allow: ['127.0.0.0/8', '::1'] };
  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1'])
    assert.equal(refuses(address, config), false, address);
  assert.equal(refuses('169.254.169.254', config), true);
});

test('names are taken where they are allowed by name', () => {
  const refusesUrl = (url: string, allow: string[] = []): boolean =>
    addressGuard(addressesConfig.parse({ allow }))({ url, weight: 1 }) !== undefined;
  assert.equal(refusesUrl('http://users.internal:80'), true);
  assert.equal(refusesUrl('http://users.internal:80', ['users.internal']), false);
  assert.equal(refusesUrl('http://Users.Internal.:80', ['*.internal']), false);
  assert.equal(refusesUrl('http://internal:80', ['*.internal']), true);
  assert.equal(refusesUrl('http://users.internal.evil.test:80', ['*.internal']), true);
  assert.equal(refusesUrl('unix:/run/docker.sock', ['*.internal']), true);
  // The URL parser writes these as addresses.
  for (const url of ['http://2130706433', 'http://0x7f.1', 'http://[::1]:80', 'http://127.1']) {
    assert.equal(refusesUrl(url), true, url);
  }
  assert.equal(refusesUrl('http://10.0.0.1:80'), false);
});

test('what is no URL is refused by itself, rather than the whole answer of the registry', () => {
  const guard = addressGuard(addressesConfig.parse({}));
  const why = guard({ url: 'http://users.service.consul:70000', address: '10.0.0.1', weight: 1 });
  assert.match(why ?? '', /is no URL/);
});

test('an IPv4 address is judged alike however it is wrapped', () => {
  const byte = fc.nat(255);
  fc.assert(
    fc.property(fc.tuple(byte, byte, byte, byte), fc.boolean(), ([a, b, c, d], isPrivate) => {
      const plain = `${a}.${b}.${c}.${d}`;
      const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
      const config = { private: isPrivate };
      const verdict = refuses(plain, config);
      for (const form of [`::ffff:${plain}`, `::ffff:${hex}`, `64:ff9b::${hex}`, `2002:${hex}::1`]) {
        assert.equal(refuses(form, config), verdict, `${plain} as ${form}`);
      }
    }),
    { numRuns: 300 },
  );
});

test('settings', () => {
  for (const allow of ['10.0.0.0/33', '10.0.0.0/8/8', '10.0.0', 'fd00::/129', 'a b', '']) {
    assert.equal(addressesConfig.safeParse({ allow: [allow] }).success, false, allow);
  }
});
