import assert from 'node:assert/strict';
import { it } from 'node:test';
import { partCache } from './part-cache.ts';

it('is private and over when its time is, unless it is said otherwise', () => {
  assert.deepEqual(partCache({ for: '30s' }), {
    forMs: 30_000,
    shared: false,
    staleWhileRevalidateMs: 0,
    staleIfErrorMs: 0,
  });
  const all = partCache({ for: '1s', scope: 'shared', staleWhileRevalidate: '2s', staleIfError: '3m' });
  assert.deepEqual(all, {
    forMs: 1000,
    shared: true,
    staleWhileRevalidateMs: 2000,
    staleIfErrorMs: 180_000,
  });
});

it('names what is wrong', () => {
  const made = (options: object) => () => Reflect.apply(partCache, undefined, [options]);
  assert.throws(made({ for: '30' }), /cache.for: expected a duration such as 30s, not "30"/);
  assert.throws(made({ for: '0s' }), /cache.for/);
  assert.throws(made({ for: '1s', staleIfError: 'long' }), /cache.staleIfError/);
  assert.throws(made({ for: '1s', scope: 'public' }), /expected private or shared, not "public"/);
});
