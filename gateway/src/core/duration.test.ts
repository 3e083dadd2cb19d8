import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration, parseRate } from './duration.ts';

test('durations', () => {
  const cases: [string, number | undefined][] = [
    ['250ms', 250],
    ['1.5s', 1_500],
    ['2m', 120_000],
    ['2min', 120_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    [' 5 s ', 5_000],
    ['0ms', 0],
    ['5', undefined],
    ['-5s', undefined],
    ['5 parsecs', undefined],
    ['', undefined],
    ['5constructor', undefined],
  ];
  for (const [text, ms] of cases) assert.equal(parseDuration(text), ms, text);
});

test('rates', () => {
  const cases: [string, number | undefined][] = [
    ['100/min', 100 / 60_000],
    ['5/s', 0.005],
    ['0.5 / h', 0.5 / 3_600_000],
    ['100', undefined],
    ['/s', undefined],
    ['1/fortnight', undefined],
  ];
  for (const [text, rate] of cases) assert.equal(parseRate(text), rate, text);
});
