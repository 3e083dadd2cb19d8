import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../../core/headers.ts';
import { requestDirectives } from './directives.ts';
import { freshnessOf } from './freshness.ts';
import { isErrorStatus, maySurviveError, reuseOf } from './reuse.ts';

const RULES = {
  targeted: [],
  heuristicFraction: 0.1,
  heuristicMaxS: 0,
  staleWhileRevalidateS: 0,
  staleIfErrorS: 0,
};

const stored = (cacheControl: string) =>
  freshnessOf(200, new HeaderFields(['cache-control', cacheControl]), { requestAt: 0, responseAt: 0 }, RULES);
const reuse = (cacheControl: string, ageS: number, asked?: string) =>
  reuseOf(stored(cacheControl), ageS, requestDirectives(asked, undefined));

test('RFC 9111 §4.2: fresh until its lifetime has passed, then to be confirmed', () => {
  assert.equal(reuse('max-age=10', 9.9), 'fresh');
  assert.equal(reuse('max-age=10', 10), 'validate');
  assert.equal(reuse('max-age=10, immutable', 9), 'fresh');
});

test('RFC 9111 §5.2.2.4: no-cache is confirmed each time; limited to fields it is not', () => {
  assert.equal(reuse('max-age=10, no-cache', 0), 'validate');
  assert.equal(reuse('max-age=10, no-cache="a"', 0), 'fresh');
});

test('RFC 9111 §5.2.1: a request may ask for less age, more freshness, or take what is stale', () => {
  assert.equal(reuse('max-age=10', 5, 'no-cache'), 'validate-by-request');
  assert.equal(reuse('max-age=10', 5, 'max-age=4'), 'validate-by-request');
  assert.equal(reuse('max-age=10', 5, 'max-age=5'), 'fresh');
  assert.equal(reuse('max-age=10', 5, 'min-fresh=6'), 'validate-by-request');
  assert.equal(reuse('max-age=10', 5, 'min-fresh=5'), 'fresh');
  assert.equal(reuse('max-age=10', 15, 'max-stale=5'), 'stale');
  assert.equal(reuse('max-age=10', 15, 'max-stale=4'), 'validate');
  assert.equal(reuse('max-age=10', 1e6, 'max-stale'), 'stale');
});

test('RFC 9111 §4.2.4: what must be revalidated is never used stale', () => {
  for (const word of ['must-revalidate', 'proxy-revalidate', 's-maxage=10']) {
    assert.equal(reuse(`max-age=10, ${word}`, 11, 'max-stale'), 'validate', word);
    assert.equal(
      maySurviveError(stored(`max-age=10, ${word}`), 11, requestDirectives('stale-if-error=9', undefined)),
      false,
    );
  }
});

test('RFC 5861 §3: stale while it is revalidated, within its window', () => {
  assert.equal(reuse('max-age=10, stale-while-revalidate=5', 14.9), 'stale-while-revalidate');
  assert.equal(reuse('max-age=10, stale-while-revalidate=5', 15), 'validate');
});

test('RFC 5861 §4: stale instead of an error, within the window of reply or request', () => {
  const survives = (cacheControl: string, ageS: number, asked?: string) =>
    maySurviveError(stored(cacheControl), ageS, requestDirectives(asked, undefined));
  assert.ok(survives('max-age=10, stale-if-error=5', 15));
  assert.ok(!survives('max-age=10, stale-if-error=5', 16));
  assert.ok(!survives('max-age=10', 11));
  assert.ok(survives('max-age=10', 11, 'stale-if-error=5'));
  assert.ok(!survives('max-age=10, stale-if-error=5', 12, 'no-cache'));
  assert.deepEqual([500, 501, 502, 503, 504, 404].map(isErrorStatus), [true, false, true, true, true, false]);
});
