import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { allAllowed } from './decision.ts';
import { MemoryLimiter } from './memory-limiter.ts';

const free = { name: 'free', capacity: 3, refillPerMs: 0.001 };
const check = (who: string, spec = free) => ({ spec, key: ['plan.free.c', who, '/x'] });

function setUp(options: { shares?: number; maxBuckets?: number } = {}) {
  const clock = new ManualClock();
  return { clock, limiter: new MemoryLimiter({ clock, meter: noMeter, ...options }) };
}

test('a burst of the capacity passes, the next is told when to come back, and then passes', async () => {
  const { clock, limiter } = setUp();
  const remaining: (number | undefined)[] = [];
  for (let i = 0; i < 3; i += 1) remaining.push((await limiter.take([check('a')], 1))[0]?.remaining);
  assert.deepEqual(remaining, [2, 1, 0]);
  const [refused] = await limiter.take([check('a')], 1);
  assert.equal(refused?.allowed, false);
  assert.equal(refused?.retryAfterMs, 1000);
  assert.equal((await limiter.take([check('b')], 1))[0]?.allowed, true);
  clock.advance(1000);
  assert.equal((await limiter.take([check('a')], 1))[0]?.allowed, true);
});

test('a refused request pays in no bucket', async () => {
  const { limiter } = setUp();
  const small = check('small', { name: 's', capacity: 1, refillPerMs: 1e-6 });
  assert.ok(allAllowed(await limiter.take([check('big'), small], 1)));
  for (let i = 0; i < 10; i += 1) {
    const decisions = await limiter.take([check('big'), small], 1);
    assert.deepEqual(
      decisions.map((decision) => [decision.allowed, decision.remaining]),
      [
        [true, 2],
        [false, 0],
      ],
    );
  }
});

test('drawing nothing tells the level and takes nothing', async () => {
  const { limiter } = setUp();
  assert.equal((await limiter.take([check('a')], 0))[0]?.remaining, 3);
  assert.equal((await limiter.take([check('a')], 0))[0]?.remaining, 3);
});

test('a changed plan does not refill a bucket', async () => {
  const { limiter } = setUp();
  await limiter.take([check('a')], 3);
  const [decision] = await limiter.take([check('a', { name: 'free', capacity: 1000, refillPerMs: 1 })], 1);
  assert.equal(decision?.allowed, false);
});

test('several processes without a common store have a share each', async () => {
  const { limiter } = setUp({ shares: 3 });
  assert.equal((await limiter.take([check('a')], 1))[0]?.allowed, true);
  assert.equal((await limiter.take([check('a')], 1))[0]?.retryAfterMs, 3000);
});

test('a flood of consumers keeps the bound', async () => {
  const { limiter } = setUp({ maxBuckets: 100 });
  for (let i = 0; i < 5000; i += 1) await limiter.take([check(`c${i}`)], 1);
  assert.equal(limiter.size, 100);
});

/** The plainest bucket: exact, one at a time, in a map. */
class Model {
  readonly buckets = new Map<string, { tokens: number; at: number }>();

  take(
    keys: readonly string[],
    specs: readonly { capacity: number; refillPerMs: number }[],
    tokens: number,
    now: number,
  ) {
    const levels = keys.map((key, i) => {
      const spec = specs[i];
      assert.ok(spec);
      const bucket = this.buckets.get(key) ?? { tokens: spec.capacity, at: now };
      return Math.min(spec.capacity, bucket.tokens + (now - bucket.at) * spec.refillPerMs);
    });
    const admitted = levels.every((level) => level >= tokens - 1e-9);
    keys.forEach((key, i) => {
      this.buckets.set(key, { tokens: (levels[i] ?? 0) - (admitted ? tokens : 0), at: now });
    });
    return admitted;
  }
}

test('it admits exactly what a plain model admits, over any buckets, costs and times', async () => {
  const specs = [
    { name: 'a', capacity: 5, refillPerMs: 0.01 },
    { name: 'b', capacity: 20, refillPerMs: 0.5 },
    { name: 'c', capacity: 3, refillPerMs: 0.25 },
  ] as const;
  const draw = fc.record({
    waitMs: fc.integer({ min: 0, max: 200 }),
    buckets: fc.uniqueArray(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 3 }),
    tokens: fc.integer({ min: 0, max: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(draw, { maxLength: 100 }), async (draws) => {
      const { clock, limiter } = setUp();
      const model = new Model();
      for (const { waitMs, buckets, tokens } of draws) {
        clock.advance(waitMs);
        const chosen = buckets.map((i) => specs[i] ?? specs[0]);
        const decisions = await limiter.take(
          chosen.map((spec) => ({ spec, key: ['s', spec.name] })),
          tokens,
        );
        const expected = model.take(
          chosen.map((spec) => spec.name),
          chosen,
          tokens,
          clock.now(),
        );
        assert.equal(allAllowed(decisions), expected);
      }
    }),
  );
});
