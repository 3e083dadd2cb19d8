import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { preferredCoding } from './accept-encoding.ts';

const OFFERED = ['zstd', 'br', 'gzip'] as const;

test('the coding with the greatest weight is taken, of several the first that is offered', () => {
  for (const [accept, expected] of [
    [undefined, undefined],
    ['', undefined],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZip', 'gzip'],
    ['gzip, deflate, br', 'br'],
    ['gzip, deflate, br, zstd', 'zstd'],
    ['br;q=0.5, gzip', 'gzip'],
    ['br; q=0.5 , gzip ;q=0.4', 'br'],
    ['br;q=0, gzip', 'gzip'],
    ['gzip;q=0', undefined],
    ['*', 'zstd'],
    ['*;q=0.1, gzip;q=0', 'zstd'],
    ['*;q=0', undefined],
    ['*;q=0, gzip', 'gzip'],
    ['deflate', undefined],
    ['identity', undefined],
    ['identity, gzip', 'gzip'],
    ['identity;q=1, gzip;q=0.5', undefined],
    ['identity;q=0.5, gzip', 'gzip'],
    ['identity;q=0', undefined],
    ['identity;q=0, *', 'zstd'],
    ['gzip;q=2', undefined],
    ['gzip;q=', undefined],
    ['gzip;level=9', undefined],
    ['gzip;q=0.0001', undefined],
    [',,gzip,,', 'gzip'],
  ] as const) {
    assert.equal(preferredCoding(accept, OFFERED), expected, accept);
  }
});

test('whatever stands there, it is one that is offered or none', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'gzipbr*;q=01., ') }), (accept) => {
      const coding = preferredCoding(accept, OFFERED);
      assert.ok(coding === undefined || OFFERED.includes(coding));
    }),
  );
  assert.equal(preferredCoding(`${'a,'.repeat(5_000)}gzip`, OFFERED), undefined);
});
