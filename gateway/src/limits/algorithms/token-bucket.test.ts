import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { affords, allAllowed } from '../decision.ts';
import { shareOf } from '../leases/share.ts';
import { bucketConfig, bucketDecision, bucketSpec, fillMs, refill } from './token-bucket.ts';

const spec = { name: 'free', capacity: 100, refillPerMs: 100 / 60_000 };

const anySpec = fc.record({
  name: fc.constant('p'),
  capacity: fc.integer({ min: 1, max: 1000 }),
  refillPerMs: fc.double({ min: 1e-6, max: 100, noNaN: true }),
});

test('over any run of draws, no more is admitted than capacity + refill × time', () => {
  fc.assert(
    fc.property(
      anySpec,
      fc.array(fc.tuple(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 1, max: 5 })), {
        maxLength: 200,
      }),
      (bucket, draws) => {
        const level = { tokens: bucket.capacity, atMs: 0 };
        let nowMs = 0;
        let admitted = 0;
        for (const [waitMs, tokens] of draws) {
          nowMs += waitMs;
          refill(level, bucket, nowMs);
          if (affords(level.tokens, tokens)) {
            level.tokens -= tokens;
            admitted += tokens;
          }
          assert.ok(admitted <= bucket.capacity + bucket.refillPerMs * nowMs + 1e-6);
          assert.ok(level.tokens <= bucket.capacity);
        }
      },
    ),
  );
});

test('whoever waits as long as told is admitted, and not a millisecond sooner than needed', () => {
  fc.assert(
    fc.property(
      anySpec,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 1000 }),
      (bucket, fill, want) => {
        const tokens = Math.min(want, bucket.capacity);
        const start = bucket.capacity * fill;
        if (affords(start, tokens)) return;
        const { retryAfterMs } = bucketDecision(bucket, start, tokens, false);
        const level = { tokens: start, atMs: 0 };
        refill(level, bucket, retryAfterMs);
        assert.ok(affords(level.tokens, tokens));
        const early = { tokens: start, atMs: 0 };
        refill(early, bucket, retryAfterMs * 0.99 - 1e-3);
        assert.ok(early.tokens < tokens);
      },
    ),
  );
});

test('refilling in steps gives what refilling at once gives', () => {
  fc.assert(
    fc.property(anySpec, fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 50 }), (bucket, steps) => {
      const stepped = { tokens: 0, atMs: 0 };
      let nowMs = 0;
      for (const step of steps) {
        nowMs += step;
        refill(stepped, bucket, nowMs);
      }
      const once = { tokens: 0, atMs: 0 };
      refill(once, bucket, nowMs);
      assert.ok(Math.abs(stepped.tokens - once.tokens) < 1e-6);
    }),
  );
});

test('a clock that goes back refills nothing, and does not give the same time twice', () => {
  const level = { tokens: 10, atMs: 50_000 };
  refill(level, spec, 40_000);
  assert.deepEqual(level, { tokens: 10, atMs: 50_000 });
  refill(level, spec, 50_000);
  assert.equal(level.tokens, 10);
});

test('a clock set back by an hour locks nobody out', () => {
  const level = { tokens: 0, atMs: 3_600_000 };
  refill(level, spec, 0);
  assert.deepEqual(level, { tokens: 0, atMs: 0 });
  refill(level, spec, fillMs(spec));
  assert.equal(level.tokens, 100);
});

test('a smaller capacity takes effect at once', () => {
  const level = { tokens: 100, atMs: 0 };
  refill(level, { ...spec, capacity: 10 }, 0);
  assert.equal(level.tokens, 10);
});

test('a decision tells whole tokens and the time until full', () => {
  assert.deepEqual(bucketDecision({ name: 'p', capacity: 10, refillPerMs: 0.01 }, 3.7, 1, true), {
    spec: { name: 'p', capacity: 10, refillPerMs: 0.01 },
    allowed: true,
    remaining: 3,
    resetMs: 630,
    retryAfterMs: 0,
    waitMs: 0,
  });
});

test('what no full bucket could bear is never worth a retry', () => {
  assert.equal(bucketDecision(spec, 100, 101, false).retryAfterMs, Number.POSITIVE_INFINITY);
});

test('a share keeps the whole rate together and never falls below one token', () => {
  assert.deepEqual(shareOf(spec, 4), { name: 'free', capacity: 25, refillPerMs: spec.refillPerMs / 4 });
  assert.equal(shareOf({ ...spec, capacity: 2 }, 8).capacity, 1);
  assert.equal(shareOf(spec, 1), spec);
});

test('all are allowed only when each is', () => {
  const yes = bucketDecision(spec, 5, 1, true);
  assert.equal(allAllowed([yes, yes]), true);
  assert.equal(allAllowed([yes, bucketDecision(spec, 0, 1, false)]), false);
});

test('a limit that is no limit is refused: zero, negative, fractions, no rate', () => {
  assert.deepEqual(bucketSpec('x', bucketConfig.parse({ capacity: 5, refill: '5/s' })), {
    algorithm: 'token-bucket',
    name: 'x',
    capacity: 5,
    refillPerMs: 0.005,
  });
  for (const capacity of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5']) {
    assert.equal(bucketConfig.safeParse({ capacity, refill: '5/s' }).success, false);
  }
  for (const refill of ['0/s', '-1/s', '5', 5, '1e400/s', 'NaN/s']) {
    assert.equal(bucketConfig.safeParse({ capacity: 5, refill }).success, false);
  }
});
