import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatAddress, parseAddress, parseRange } from './ip-address.ts';

const canonical = (text: string): string | undefined => {
  const address = parseAddress(text);
  return address && formatAddress(address);
};

test('addresses are read and written in their one spelling', () => {
  for (const [text, expected] of [
    ['192.0.2.1', '192.0.2.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['1:0:0:2::3', '1:0:0:2::3'],
    ['1:2:3:4:5:6:7:0', '1:2:3:4:5:6:7:0'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:0201', '192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ] as const) {
    assert.equal(canonical(text), expected, text);
  }
});

test('what is no address is none', () => {
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4:80',
    ' 1.2.3.4',
    '0x7f.1',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::12345',
    'fe80::1%eth0',
    '[::1]',
    '::1:',
    ':1::',
    '::1.2.3',
    '1:2:3:4:5:6:7:1.2.3.4',
    `${'0'.repeat(46)}`,
    'unknown',
  ]) {
    assert.equal(parseAddress(text), undefined, text);
  }
});

test('what is an address is so for node too, and the other way round', () => {
  const group = fc.integer({ min: 0, max: 0xffff }).map((word) => word.toString(16));
  const near = fc
    .array(fc.oneof(group, fc.constantFrom('', ':', '::', '.', '1.2.3.4', '00', 'g')), { maxLength: 9 })
    .map((parts) => parts.join(':'));
  const text = fc.oneof(fc.ipV4(), fc.ipV6(), near, fc.string({ maxLength: 12 }));
  fc.assert(
    fc.property(text, (address) => {
      const parsed = parseAddress(address);
      assert.equal(parsed !== undefined, isIP(address) !== 0 && !address.includes('%'), address);
      if (parsed) assert.deepEqual(parseAddress(formatAddress(parsed)), parsed);
    }),
    { numRuns: 2_000 },
  );
});

test('ranges have a length that fits, and nothing behind it', () => {
  assert.equal(parseRange('10.0.0.0/8')?.length, 8);
  assert.equal(parseRange('10.1.2.3')?.length, 32);
  assert.equal(parseRange('0.0.0.0/0')?.length, 0);
  assert.equal(parseRange('2001:db8::/32')?.length, 32);
  assert.equal(parseRange('::1')?.length, 128);
  assert.deepEqual(parseRange('::ffff:10.0.0.0/104'), parseRange('10.0.0.0/8'));
  for (const text of [
    '10.0.0.1/8',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '::/129',
    '2001:db8::1/64',
    '::ffff:10.0.0.0/8',
    '10.0.0.0/8/8',
    '/8',
  ]) {
    assert.equal(parseRange(text), undefined, text);
  }
});
