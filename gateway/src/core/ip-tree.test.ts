import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type IpAddress, type IpRange, parseAddress, parseRange } from './ip-address.ts';
import { IpTree } from './ip-tree.ts';

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

function treeOf(entries: Readonly<Record<string, number>>): IpTree {
  const tree = new IpTree();
  for (const [text, value] of Object.entries(entries)) tree.add(range(text), value);
  return tree;
}

test('the longest range says', () => {
  const tree = treeOf({ '10.0.0.0/8': 1, '10.1.0.0/16': 2, '10.1.2.3': 3, '2001:db8::/32': 4 });
  assert.equal(tree.find(address('10.9.9.9')), 1);
  assert.equal(tree.find(address('10.1.9.9')), 2);
  assert.equal(tree.find(address('10.1.2.3')), 3);
  assert.equal(tree.find(address('::ffff:10.1.2.3')), 3);
  assert.equal(tree.find(address('11.0.0.0')), undefined);
  assert.equal(tree.find(address('2001:db8:1::')), 4);
  assert.equal(tree.find(address('2001:db9::')), undefined);
});

test('everything of one version is nothing of the other', () => {
  const tree = treeOf({ '::/0': 1 });
  assert.equal(tree.find(address('2001:db8::1')), 1);
  assert.equal(tree.find(address('192.0.2.1')), undefined);
});

test('of the same range twice the greater value stays', () => {
  const tree = treeOf({ '10.0.0.0/8': 2 });
  tree.add(range('10.0.0.0/8'), 1);
  assert.equal(tree.find(address('10.0.0.1')), 2);
  assert.equal(new IpTree().isEmpty, true);
  assert.equal(tree.isEmpty, false);
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
  const entry = fc.tuple(anyAddress, fc.nat(128), fc.integer({ min: 1, max: 3 }));
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 60 }), fc.array(anyAddress, { maxLength: 8 }), (raw, others) => {
      const entries = raw.map(([from, length, value]) => ({ range: rangeFrom(from, length), value }));
      const tree = new IpTree();
      for (const { range: added, value } of entries) tree.add(added, value);
      // Addresses that were given ranges are the ones that come near them.
      for (const asked of [...others, ...raw.map(([from]) => from)]) {
        let best: { length: number; value: number } | undefined;
        for (const { range: held, value } of entries) {
          const fits =
            held.version === asked.version && bits(asked).startsWith(bits(held).slice(0, held.length));
          if (!fits || (best && held.length < best.length)) continue;
          best = {
            length: held.length,
            value: best?.length === held.length ? Math.max(best.value, value) : value,
          };
        }
        assert.equal(tree.find(asked), best?.value);
      }
    }),
    { numRuns: 500 },
  );
});
