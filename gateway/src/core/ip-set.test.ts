import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type IpAddress, type IpRange, parseAddress, parseRange } from './ip-address.ts';
import { IpSet } from './ip-set.ts';

function range(text: string): IpRange {
  const parsed = parseRange(text);
  assert.ok(parsed, text);
  return parsed;
}

function address(text: string): IpAddress {
  const parsed = parseAddress(text);
  assert.ok(parsed, text);
  return parsed;
}

function setOf(...texts: string[]): IpSet {
  return new IpSet(texts.map(range));
}

test('the longest range that holds an address is found', () => {
  const set = setOf('10.0.0.0/8', '10.1.0.0/16', '10.1.2.3', '2001:db8::/32', '10.1.0.0/16');
  for (const [text, length] of [
    ['10.9.9.9', 8],
    ['10.1.9.9', 16],
    ['10.1.2.3', 32],
    ['::ffff:10.1.2.3', 32],
    ['11.0.0.0', -1],
    ['2001:db8:1::', 32],
    ['2001:db9::', -1],
  ] as const) {
    assert.equal(set.longest(address(text)), length, text);
    assert.equal(set.has(address(text)), length >= 0, text);
  }
});

test('everything of one version is nothing of the other', () => {
  assert.equal(setOf('::/0').longest(address('2001:db8::1')), 0);
  assert.equal(setOf('::/0').longest(address('192.0.2.1')), -1);
  assert.equal(setOf('0.0.0.0/0').longest(address('192.0.2.1')), 0);
  assert.equal(setOf('0.0.0.0/0').longest(address('::1')), -1);
});

/** Bits as text: the plain statement of what the tree does faster. */
function bits({ version, words }: IpAddress): string {
  const all = words.map((word) => word.toString(2).padStart(32, '0')).join('');
  return version === 4 ? all.slice(0, 32) : all;
}

const word = fc.oneof(fc.constantFrom(0, 0x0a00_0000, 0xffff_ffff, 0x8000_0000), fc.nat(0xffff_ffff));

const anyAddress: fc.Arbitrary<IpAddress> = fc
  .record({ version: fc.constantFrom(4, 6), words: fc.tuple(word, word, word, word) })
  .map(({ version, words }) =>
    version === 4 ? { version: 4, words: [words[0], 0, 0, 0] } : { version: 6, words },
  );

function rangeFrom(from: IpAddress, wished: number): IpRange {
  const most = from.version === 4 ? 32 : 128;
  const length = wished % (most + 1);
  const kept = bits(from).slice(0, length).padEnd(128, '0');
  const at = (i: number): number => Number.parseInt(kept.slice(32 * i, 32 * i + 32), 2);
  return { version: from.version, words: [at(0), at(1), at(2), at(3)], length };
}

test('it finds what comparing with every range finds', () => {
  const entry = fc.tuple(anyAddress, fc.nat(128));
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 60 }), fc.array(anyAddress, { maxLength: 8 }), (raw, others) => {
      const ranges = raw.map(([from, length]) => rangeFrom(from, length));
      const set = new IpSet(ranges);
      // Addresses that ranges were made of are the ones that come near them.
      for (const asked of [...others, ...raw.map(([from]) => from)]) {
        const fitting = ranges.filter(
          ({ version, words, length }) =>
            version === asked.version &&
            bits(asked).slice(0, length) === bits({ version, words }).slice(0, length),
        );
        assert.equal(set.longest(asked), Math.max(-1, ...fitting.map(({ length }) => length)));
      }
    }),
    { numRuns: 500 },
  );
});
