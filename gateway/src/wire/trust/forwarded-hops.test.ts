import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { forwardedForHops, forwardedHops, MAX_HOPS, nearestElements, nodeAddress } from './forwarded-hops.ts';

const addresses = (hops: { address: string | undefined }[] = []): (string | undefined)[] =>
  hops.map(({ address }) => address);

test('a node may carry a port, brackets, a zone; anything else is no address', () => {
  for (const [text, expected] of [
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:4711', '192.0.2.1'],
    ['192.0.2.1:_hidden', '192.0.2.1'],
    ['2001:DB8::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:4711', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%25eth0]:80', 'fe80::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['unknown', undefined],
    ['_hidden', undefined],
    ['[192.0.2.1]', undefined],
    ['[::1', undefined],
    ['[::1]x', undefined],
    ['192.0.2.1:', undefined],
    ['', undefined],
    [':', undefined],
  ] as const) {
    assert.equal(nodeAddress(text), expected, text);
  }
});

test('hops are read from the nearest on, over several fields', () => {
  assert.deepEqual(addresses(forwardedForHops(['1.1.1.1, junk', ' 2.2.2.2 ,,3.3.3.3,'])), [
    '3.3.3.3',
    '2.2.2.2',
    undefined,
    '1.1.1.1',
  ]);
  assert.deepEqual(nearestElements(['', ',']), []);
});

test('B36: a field of thousands of hops costs the nearest hundred', () => {
  const many = Array.from({ length: 5_000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`).join(',');
  assert.equal(forwardedForHops([many, many]).length, MAX_HOPS);
  assert.equal(forwardedHops([`for=${many.replaceAll(',', ',for=')}`])?.length, MAX_HOPS);
});

test('Forwarded is read as RFC 7239 writes it', () => {
  const hops = forwardedHops([
    'for="[2001:db8:cafe::17]:4711";proto=https;host="a.example", For=192.0.2.43;BY=203.0.113.60',
    'for=_gazonk, for=unknown',
  ]);
  assert.deepEqual(addresses(hops), [undefined, undefined, '192.0.2.43', '2001:db8:cafe::17']);
  assert.equal(hops?.[3]?.proto, 'https');
  assert.equal(hops?.[3]?.host, 'a.example');
  assert.deepEqual(addresses(forwardedHops(['for=192.0.2.1:80'])), ['192.0.2.1']);
  assert.deepEqual(addresses(forwardedHops(['for="192.0.2.1, for=10.0.0.1"'])), [undefined]);
});

test('a Forwarded that is malformed anywhere is told from one that says nothing', () => {
  for (const text of [
    'for="192.0.2.1',
    'for',
    '=1',
    'for=1.1.1.1 for=2.2.2.2',
    'for=1.1.1.1;for=2.2.2.2',
    'for=;proto=http',
    'for=1.1.1.1, (',
  ]) {
    assert.equal(forwardedHops([text]), undefined, text);
  }
  assert.deepEqual(forwardedHops([]), []);
  assert.deepEqual(forwardedHops(['', ' , ']), []);
});

test('B36: nothing in these fields makes it throw', () => {
  const text = fc.string({ unit: fc.constantFrom(...'for=";,:[]%. 1a\\\t_~') });
  fc.assert(
    fc.property(fc.array(fc.oneof(text, fc.string()), { maxLength: 4 }), (values) => {
      forwardedForHops(values);
      forwardedHops(values);
    }),
    { numRuns: 2_000 },
  );
});
