import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatHttpDate, parseHttpDate } from './http-date.ts';

const NOW = Date.UTC(2026, 0, 1);

test('RFC 9110 §5.6.7: the three forms say the same instant, in any case', () => {
  const instant = Date.UTC(1994, 10, 6, 8, 49, 37);
  for (const text of [
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
    'SUN, 06 NOV 1994 08:49:37 gmt',
  ]) {
    assert.equal(parseHttpDate(text, NOW), instant, text);
  }
});

test('RFC 9110 §5.6.7: two digits of a year more than fifty years ahead mean the last century', () => {
  assert.equal(parseHttpDate('Thursday, 18-Aug-50 02:01:18 GMT', NOW), Date.UTC(2050, 7, 18, 2, 1, 18));
  assert.equal(parseHttpDate('Thursday, 18-Aug-77 02:01:18 GMT', NOW), Date.UTC(1977, 7, 18, 2, 1, 18));
});

test('what is no HTTP date is none, whatever else might read it', () => {
  for (const text of [
    '0',
    '',
    'Thu, 18 Aug 2050 02:01:18 UTC',
    'Thu, 18 Aug 50 02:01:18 GMT',
    'Thu 18 Aug 2050 02:01:18 GMT',
    'Thu, 18  Aug  2050 02:01:18 GMT',
    'Thu, 18 Aug 2050 2:01:18 GMT',
    'Thu, 31 Feb 2050 02:01:18 GMT',
    'Thu, 18 Aug 2050 24:01:18 GMT',
    '2050-08-18T02:01:18Z',
  ]) {
    assert.equal(parseHttpDate(text, NOW), undefined, text);
  }
});

test('every instant survives being written and read, to the second', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 8_000_000_000 }), (seconds) => {
      assert.equal(parseHttpDate(formatHttpDate(seconds * 1000), NOW), seconds * 1000);
    }),
  );
});
