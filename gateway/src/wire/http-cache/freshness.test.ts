import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HeaderFields } from '../../core/headers.ts';
import { ageValue, currentAge, type FreshnessRules, freshnessOf } from './freshness.ts';
import { formatHttpDate } from './http-date.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const TIMING = { requestAt: NOW, responseAt: NOW };
const RULES: FreshnessRules = {
  targeted: ['frontdesk-cache-control', 'cdn-cache-control'],
  heuristicFraction: 0.1,
  heuristicMaxS: 86_400,
  staleWhileRevalidateS: 0,
  staleIfErrorS: 0,
};
const date = (deltaS: number): string => formatHttpDate(NOW + deltaS * 1000);
const fresh = (record: Record<string, string>, status = 200, rules = RULES) =>
  freshnessOf(status, HeaderFields.of(record), TIMING, rules);
const lifetime = (record: Record<string, string>, status = 200): number => fresh(record, status).lifetimeS;

test('RFC 9111 §4.2.1: s-maxage before max-age before Expires', () => {
  const expires = { expires: date(30), date: date(0) };
  assert.equal(lifetime(expires), 30);
  assert.equal(lifetime({ ...expires, 'cache-control': 'max-age=20' }), 20);
  assert.equal(lifetime({ ...expires, 'cache-control': 'max-age=20, s-maxage=10' }), 10);
  assert.equal(lifetime({ ...expires, 'cache-control': 'max-age=0, s-maxage=40' }), 40);
});

test('RFC 9111 §5.3: Expires is measured from Date; a wrong one has passed; a wrong Date is now', () => {
  assert.equal(lifetime({ expires: date(300), date: date(400) }), 0);
  assert.equal(lifetime({ expires: '0', date: date(0) }), 0);
  assert.equal(lifetime({ expires: date(10), date: 'foo' }), 10);
  const twice = new HeaderFields(['expires', date(10), 'expires', date(20)]);
  assert.equal(freshnessOf(200, twice, TIMING, RULES).lifetimeS, 0);
});

test('RFC 9111 §4.2.2: a tenth of the time since Last-Modified, up to a day, where the status allows', () => {
  const modified = { 'last-modified': date(-1000), date: date(0) };
  assert.equal(lifetime(modified), 100);
  assert.equal(lifetime(modified, 404), 100);
  assert.equal(lifetime(modified, 503), 0);
  assert.equal(lifetime({ ...modified, 'cache-control': 'public' }, 503), 100);
  assert.equal(lifetime({ 'last-modified': date(-1e8), date: date(0) }), 86_400);
  assert.equal(lifetime({ 'last-modified': date(5), date: date(0) }), 0);
  assert.equal(lifetime({}), 0);
  assert.equal(lifetime({ ...modified, 'cache-control': 'max-age=x' }), 0);
});

test('RFC 9111 §4.2.3: the larger of what Date and what Age and the delay say, and the time since', () => {
  const of = (record: Record<string, string>, delayMs = 0) =>
    freshnessOf(200, HeaderFields.of(record), { requestAt: NOW - delayMs, responseAt: NOW }, RULES);
  assert.equal(of({ date: date(-30) }).initialAgeS, 30);
  assert.equal(of({ date: date(-30), age: '50' }).initialAgeS, 50);
  assert.equal(of({ age: '50' }, 2000).initialAgeS, 52);
  assert.equal(of({ date: date(90) }).initialAgeS, 0);
  assert.equal(currentAge(of({ age: '50' }), TIMING, NOW + 1500), 51.5);
  assert.equal(currentAge(of({ age: '50' }), TIMING, NOW - 1500), 50);
});

test('RFC 9111 §5.1: the first Age counts; what is no number of seconds does not', () => {
  for (const [text, expected] of [
    ['7200, 0', 7200],
    ['0, 7200', 0],
    ['abc', 0],
    ['-1', 0],
    ['7.5', 0],
    ['99999999999', 2 ** 31],
  ] as const) {
    assert.equal(ageValue(new HeaderFields(['age', text])), expected, text);
  }
});

test('RFC 9213 §2.2: the first targeted field that parses takes the place of Cache-Control and Expires', () => {
  const general = { 'cache-control': 'no-store, max-age=5', expires: date(7), date: date(0) };
  const targeted = fresh({ ...general, 'cdn-cache-control': 'max-age=60' });
  assert.equal(targeted.lifetimeS, 60);
  assert.equal(targeted.directives.noStore, false);
  assert.equal(fresh({ ...general, 'cdn-cache-control': 'public' }).explicit, false);
  assert.equal(lifetime({ ...general, 'cdn-cache-control': '&' }), 5);
  const both = { 'frontdesk-cache-control': 'max-age=1', 'cdn-cache-control': 'max-age=60' };
  assert.equal(lifetime(both), 1);
});

test('RFC 5861: the reply says how long it may be used stale, else the configuration; RFC 9111 §4.2.4 forbids it', () => {
  const rules = { ...RULES, staleWhileRevalidateS: 3, staleIfErrorS: 4 };
  const own = fresh({ 'cache-control': 'max-age=1, stale-while-revalidate=9, stale-if-error=8' }, 200, rules);
  assert.deepEqual([own.staleWhileRevalidateS, own.staleIfErrorS], [9, 8]);
  const silent = fresh({ 'cache-control': 'max-age=1' }, 200, rules);
  assert.deepEqual([silent.staleWhileRevalidateS, silent.staleIfErrorS], [3, 4]);
  for (const word of ['must-revalidate', 'proxy-revalidate', 's-maxage=1', 'no-cache']) {
    const strict = fresh({ 'cache-control': `max-age=1, stale-if-error=9, ${word}` }, 200, rules);
    assert.deepEqual(
      [strict.staleWhileRevalidateS, strict.staleIfErrorS, strict.neverStale],
      [0, 0, true],
      word,
    );
  }
});

test('whatever the fields say, ages and lifetimes are numbers and never negative', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('max-age', 's-maxage=5', 'private="x', '"', ',', '=9', '\\'),
  );
  const field = fc.constantFrom(
    'cache-control',
    'cdn-cache-control',
    'expires',
    'age',
    'date',
    'last-modified',
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(field, word)), fc.integer({ min: 100, max: 599 }), (fields, status) => {
      const { lifetimeS, initialAgeS } = freshnessOf(status, new HeaderFields(fields.flat()), TIMING, RULES);
      assert.ok(lifetimeS >= 0 && initialAgeS >= 0);
    }),
  );
});

test('configured use of stale replies needs a lifetime that somebody gave; standing in for errors does not', () => {
  const granted = (flat: string[]) => {
    const rules = { ...RULES, staleWhileRevalidateS: 60, staleIfErrorS: 60 };
    const freshness = freshnessOf(200, new HeaderFields(flat), { requestAt: 0, responseAt: 0 }, rules);
    return [freshness.staleWhileRevalidateS, freshness.staleIfErrorS];
  };
  assert.deepEqual(granted(['cache-control', 'max-age=0']), [60, 60]);
  assert.deepEqual(granted(['etag', '"a"']), [0, 60]);
});
