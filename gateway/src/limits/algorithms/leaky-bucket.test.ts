import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { allAllowed } from '../decision.ts';
import { MemoryLimiter } from '../memory-limiter.ts';
import { anyDraws, anyLimit } from '../testing/any-limits.ts';
import { PlainLimiter, turnsOf } from '../testing/plain-models.ts';
import { leakyBucketConfig, leakyBucketSpec } from './leaky-bucket.ts';

const config = (written: object) => leakyBucketConfig.parse({ algorithm: 'leaky-bucket', ...written });

test('turns are as a plain list of turns has them: apart by the pace, and none later than the queue is long', () => {
  fc.assert(
    fc.property(anyLimit('leaky-bucket'), anyDraws(1, 80), (spec, draws) => {
      const clock = new ManualClock();
      const limiter = new MemoryLimiter({ clock, meter: noMeter });
      const plain = new PlainLimiter();
      let freeMs = Number.NEGATIVE_INFINITY;
      for (const { waitMs, tokens } of draws) {
        clock.advance(waitMs);
        const now = clock.wall();
        const [decision] = limiter.take([{ spec, key: ['k'] }], tokens);
        assert.ok(decision);
        const admitted = plain.take([{ spec, key: 'k' }], tokens, now);
        assert.equal(decision.allowed, admitted);
        if (!admitted || tokens === 0) {
          assert.equal(decision.waitMs, 0);
          continue;
        }
        const turn = turnsOf(spec, plain.drawsOf('k')).at(-1) ?? 0;
        assert.ok(Math.abs(now + decision.waitMs - turn) < 0.01, 'the turn of the plain list');
        assert.ok(turn >= freeMs - 0.01, 'after the one before is over');
        freeMs = turn + tokens / spec.refillPerMs;
        assert.ok(decision.waitMs <= (spec.capacity - 1) / spec.refillPerMs + 0.01, 'within the queue');
      }
    }),
  );
});

test('ten a second and a queue of two: one goes, two wait, the fourth is told when a place is free', () => {
  const clock = new ManualClock();
  const limiter = new MemoryLimiter({ clock, meter: noMeter });
  const check = { spec: leakyBucketSpec('x', config({ rate: '10/s', queue: 2 })), key: ['k'] };
  const waits = Array.from({ length: 3 }, () => limiter.take([check], 1)[0]?.waitMs);
  assert.deepEqual(waits, [0, 100, 200]);
  const [refused] = limiter.take([check], 1);
  assert.deepEqual([refused?.allowed, refused?.retryAfterMs, refused?.waitMs], [false, 100, 0]);
  clock.advance(100);
  assert.equal(limiter.take([check], 1)[0]?.waitMs, 200);
});

test('the queue is cut to what goes on within the longest wait; without a queue nobody waits', () => {
  assert.equal(leakyBucketSpec('x', config({ rate: '10/s', queue: 1000, maxWait: '2s' })).capacity, 21);
  const none = leakyBucketSpec('x', config({ rate: '10/s', queue: 0 }));
  const limiter = new MemoryLimiter({ clock: new ManualClock(), meter: noMeter });
  assert.ok(allAllowed(limiter.take([{ spec: none, key: ['k'] }], 1)));
  assert.ok(!allAllowed(limiter.take([{ spec: none, key: ['k'] }], 1)));
});

test('queues and paces that are none are refused', () => {
  for (const written of [
    { rate: '0/s' },
    { rate: '-1/s' },
    { rate: 'NaN/s' },
    { rate: '1/s', queue: -1 },
    { rate: '1/s', queue: Number.NaN },
    { rate: '1/s', queue: 1.5 },
    { rate: '1/s', maxWait: '2h' },
  ]) {
    assert.equal(leakyBucketConfig.safeParse({ algorithm: 'leaky-bucket', ...written }).success, false);
  }
});
