import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { KeptParts, keepable } from './kept-parts.ts';

describe('values of parts that are kept', () => {
  it('are there as long as they may be', () => {
    const clock = new ManualClock();
    const kept = new KeptParts(clock);
    kept.put('a', 1, 10);
    clock.advance(100);
    assert.equal(kept.get('a', 100)?.value, 1);
    assert.equal(kept.get('a', 99), undefined);
    assert.equal(kept.bytes, 0);
  });

  it('are bounded in number and bytes, the least recently used go first, and a large one pushes nobody out', () => {
    const kept = new KeptParts(new ManualClock(), { maxEntries: 3, maxBytes: 16_000 });
    for (const key of ['a', 'b', 'c']) kept.put(key, key, 10);
    kept.get('a', 1);
    kept.put('d', 'd', 10);
    assert.deepEqual(
      ['a', 'b', 'c', 'd'].map((key) => kept.get(key, 1)?.value),
      ['a', undefined, 'c', 'd'],
    );
    kept.put('e', 'e', 1000);
    assert.equal(kept.get('e', 1), undefined);
    assert.equal(kept.size, 3);
    for (let i = 0; i < 100; i += 1) kept.put(`k${i}`, i, 700);
    assert.ok(kept.bytes <= 16_000);
  });

  it('are purged by what their keys begin with, and so is what is being fetched', () => {
    const kept = new KeptParts(new ManualClock());
    kept.put('["a","x",', 1, 1);
    kept.put('["a","y",', 1, 1);
    kept.begin('["a","x",', { followers: [] });
    assert.equal(kept.purge('["a","x",'), 1);
    assert.equal(kept.size, 1);
    assert.equal(kept.flying, 0);
  });

  it('are what JSON makes of them, and nobody can change them', () => {
    const { value, bytes } = keepable({ at: new Date(0), list: [{ n: 1 }], gone: undefined });
    assert.deepEqual(value, { at: '1970-01-01T00:00:00.000Z', list: [{ n: 1 }] });
    assert.ok(bytes > 0);
    const change = () => Reflect.apply(Object.assign, undefined, [Reflect.get(Object(value), 'list'), [0]]);
    assert.throws(change, TypeError);
    assert.equal(keepable(undefined).value, undefined);
    assert.throws(() => keepable({ n: 1n }), { code: 'internal' });
  });
});
