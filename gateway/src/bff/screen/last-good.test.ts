import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { makeIdentity } from '../../core/testing/exchange.ts';
import { LastGood, partitionOf } from './last-good.ts';

describe('last good values', () => {
  it('are there as long as they may be', () => {
    const clock = new ManualClock();
    const store = new LastGood(clock);
    store.put('a', '1');
    clock.advance(1000);
    assert.equal(store.get('a', 1000), '1');
    assert.equal(store.get('b', 1000), undefined);
    clock.advance(1);
    assert.equal(store.get('a', 1000), undefined);
    assert.equal(store.bytes, 0);
  });

  it('are not kept where they were asked for before a purge', () => {
    const clock = new ManualClock();
    const store = new LastGood(clock);
    const askedAt = clock.now();
    store.purge('a,');
    store.put('a,1', 'old', askedAt);
    store.put('b,1', 'other', askedAt);
    clock.advance(1);
    store.put('a,2', 'new', clock.now());
    const found = ['a,1', 'b,1', 'a,2'].map((key) => store.get(key, 1000));
    assert.deepEqual(found, [undefined, 'other', 'new']);
    for (let i = 0; i < 1001; i += 1) store.purge('c,');
    store.put('d,1', 'older than what is remembered', askedAt);
    assert.equal(store.get('d,1', 1000), undefined);
  });

  it('are bounded in number, the least recently used go first', () => {
    const store = new LastGood(new ManualClock(), { maxEntries: 2, maxBytes: 1e6 });
    store.put('a', '1');
    store.put('b', '2');
    store.get('a', 1);
    store.put('c', '3');
    assert.deepEqual(
      ['a', 'b', 'c'].map((key) => store.get(key, 1)),
      ['1', undefined, '3'],
    );
  });

  it('are bounded in bytes, and a large one pushes nobody out', () => {
    const store = new LastGood(new ManualClock(), { maxEntries: 1e6, maxBytes: 16_000 });
    for (let i = 0; i < 100; i += 1) store.put(`k${i}`, 'x'.repeat(200));
    assert.ok(store.bytes <= 16_000 && store.bytes > 15_000);
    store.put('k99', 'x'.repeat(2000));
    assert.equal(store.get('k99', 1), undefined);
    assert.ok(store.get('k98', 1));
    store.put('k98', 'y');
    assert.equal(store.get('k98', 1), 'y');
  });
});

describe('partitions', () => {
  const one = makeIdentity({ subject: 'a', claims: { org: 'x', iat: 1, exp: 2, jti: 'q' } });

  it('are the same for one caller and the next token', () => {
    const next = { ...one, claims: { jti: 'r', exp: 9, org: 'x' }, expiresAt: 5 };
    assert.equal(partitionOf(next), partitionOf(one));
  });

  it('are others for whoever is, or may, something else', () => {
    const all = [
      undefined,
      one,
      { ...one, subject: 'b' },
      { ...one, tenant: 't' },
      { ...one, consumer: 't' },
      { ...one, plan: 'p' },
      { ...one, scheme: 'apiKey' },
      { ...one, roles: ['r'] },
      { ...one, scopes: new Set(['r']) },
      { ...one, claims: { org: 'y' } },
      { ...one, also: [makeIdentity({ subject: 'b', scheme: 'apiKey' })] },
      { ...one, also: [makeIdentity({ subject: 'c', scheme: 'apiKey' })] },
    ];
    assert.equal(new Set(all.map(partitionOf)).size, all.length);
  });
});
