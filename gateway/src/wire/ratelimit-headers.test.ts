import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderFields } from '../core/headers.ts';
import {
  rateLimitFields,
  retryAfterS,
  setRateLimitFields,
  sfString,
  tightestOf,
} from './ratelimit-headers.ts';

const spec = { name: 'free', capacity: 100, refillPerMs: 100 / 60_000 };

test('an allowed request is told what is left and when it is whole again', () => {
  const headers = HeaderFields.of({ 'x-ratelimit-limit': '7', etag: '"x"' });
  setRateLimitFields(headers, [{ spec, allowed: true, remaining: 99, resetMs: 600, retryAfterMs: 0 }]);
  assert.deepEqual(Object.fromEntries(headers), {
    etag: '"x"',
    ratelimit: '"free";r=99;t=1',
    'ratelimit-policy': '"free";q=100;w=60',
    'x-ratelimit-limit': '100',
    'x-ratelimit-remaining': '99',
    'x-ratelimit-reset': '1',
  });
});

test('a refused one is told when to come again: at least a second, never before t', () => {
  const quota = { spec, allowed: false, remaining: 0, resetMs: 60_000, retryAfterMs: 600 };
  assert.equal(retryAfterS(quota), 1);
  assert.equal(Object.fromEntries(rateLimitFields([quota])).ratelimit, '"free";r=0;t=1');
  assert.equal(retryAfterS({ ...quota, retryAfterMs: 0 }), 1);
  assert.equal(retryAfterS({ ...quota, retryAfterMs: 1001 }), 2);
});

test('where waiting never suffices, the bucket’s fill time is told instead of Infinity', () => {
  const quota = { spec, allowed: false, remaining: 100, resetMs: 0, retryAfterMs: Number.POSITIVE_INFINITY };
  assert.equal(retryAfterS(quota), 1);
  assert.equal(retryAfterS({ ...quota, resetMs: 45_000 }), 45);
});

test('a policy name is an sf-string whatever it holds', () => {
  assert.equal(sfString('a"b\\c\r\nü'), '"a\\"b\\\\c???"');
});

test('of several that refused, the one that makes wait longest is the tightest', () => {
  const refused = (name: string, retryAfterMs: number) => ({
    spec: { name, capacity: 1, refillPerMs: 0.001 },
    allowed: false,
    remaining: 0,
    resetMs: 1000,
    retryAfterMs,
  });
  const [short, long] = [refused('short', 1000), refused('long', 9000)];
  assert.equal(tightestOf([short, long], short), long);
  assert.equal(tightestOf([long, short], long), long);
});
