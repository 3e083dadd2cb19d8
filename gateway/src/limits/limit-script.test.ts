import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { Clock } from '../core/clock.ts';
import { noMeter } from '../core/meter.ts';
import type { RedisStore } from '../state/redis.ts';
import { skipWithoutServer, startStore } from '../state/testing/redis-server.ts';
import { allAllowed } from './decision.ts';
import { limitScript } from './limit-script.ts';
import type { Algorithm, LimitSpec } from './limiter.ts';
import { MemoryLimiter } from './memory-limiter.ts';
import { limitConfig, limitSpec } from './plans/limit-config.ts';
import { RedisLimiter } from './redis-limiter.ts';
import { ALGORITHMS, type AnyDraw, anyDraws, anyLimit } from './testing/any-limits.ts';
import { clockedStore } from './testing/clocked-store.ts';
import { PlainLimiter } from './testing/plain-models.ts';

const WALL = Date.UTC(2026, 10, 22);
const anySpec = fc.constantFrom(...ALGORITHMS).chain(anyLimit);
let store: RedisStore;
let stop: () => Promise<void>;
let runs = 0;

/** A clock that goes wherever it is told to, back too. */
class AnyClock implements Clock {
  at = WALL;
  readonly now = () => this.at;
  readonly wall = () => this.at;
  readonly after = () => () => {};
}

function rig() {
  const clock = new AnyClock();
  runs += 1;
  const run = runs;
  return {
    clock,
    memory: new MemoryLimiter({ clock, meter: noMeter }),
    redis: new RedisLimiter(clockedStore(store, clock)),
    /** All of a run's keys are one consumer's. */
    check: (spec: LimitSpec, name: string) => ({ spec, key: ['test', `run ${run}`, name] }),
  };
}

describe('the script of limits, on a real Redis', { skip: skipWithoutServer, concurrency: false }, () => {
  before(async () => {
    ({ store, stop } = await startStore());
  });
  after(() => stop());

  for (const algorithm of ALGORITHMS) {
    test(`${algorithm}: admits what the plain model admits, over interleaved keys, costs and times`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.tuple(anyLimit(algorithm), anyLimit(algorithm)), anyDraws(2, 40), holdsPlain),
        { numRuns: 25 },
      );
    });
  }

  test('limits of different algorithms are drawn from in one call, all or none', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anySpec, { minLength: 2, maxLength: 4 }), anyDraws(2, 40), holdsPlain),
      { numRuns: 25 },
    );
  });

  test('it decides as the limits in memory do, times told and all, under changing specs too', async () => {
    const step = fc.record({
      byMs: fc.integer({ min: 0, max: 1500 }),
      tokens: fc.integer({ min: 0, max: 4 }),
      change: fc.boolean(),
    });
    const pair = fc
      .constantFrom(...ALGORITHMS)
      .chain((algorithm) => fc.tuple(anyLimit(algorithm), anyLimit(algorithm)));
    await fc.assert(
      fc.asyncProperty(pair, fc.array(step, { maxLength: 40 }), async ([first, second], steps) => {
        const { clock, memory, redis, check } = rig();
        // What is refused is written in memory and not in Redis: no matter, but where a change meets it there.
        const other = { ...first, capacity: second.capacity };
        const changes = first.algorithm !== 'token-bucket';
        let spec = first;
        for (const { byMs, tokens, change } of steps) {
          clock.at += byMs;
          if (change && changes) spec = spec === first ? other : first;
          const [expected] = memory.take([check(spec, 'k')], tokens);
          const [decision] = await redis.take([check(spec, 'k')], tokens);
          assert.ok(expected && decision);
          assert.deepEqual(
            [decision.allowed, decision.remaining, rounded(decision.retryAfterMs), rounded(decision.waitMs)],
            [expected.allowed, expected.remaining, rounded(expected.retryAfterMs), rounded(expected.waitMs)],
          );
          assert.equal(rounded(decision.resetMs), rounded(expected.resetMs));
        }
      }),
      { numRuns: 120 },
    );
  });

  test('J140: a Redis whose time runs back, however far, gives nothing back and locks nobody out', async () => {
    await fc.assert(
      fc.asyncProperty(anySpec, fc.integer({ min: 1, max: 7_200_000 }), async (spec, backMs) => {
        const { clock, redis, check } = rig();
        const one = check(spec, 'k');
        assert.ok(allAllowed(await redis.take([one], spec.capacity)));
        clock.at -= backMs;
        const [looked] = await redis.take([one], 0);
        assert.equal(looked?.remaining, 0);
        assert.ok(!allAllowed(await redis.take([one], 1)));
        clock.at += 2 * Math.ceil(spec.capacity / spec.refillPerMs) + backMs;
        assert.ok(allAllowed(await redis.take([one], spec.capacity)));
      }),
      { numRuns: 60 },
    );
  });

  test('J140: after a step back of time nobody is told to come again too early', async () => {
    const bucket = fc.constantFrom<Algorithm>('token-bucket', 'leaky-bucket').chain(anyLimit);
    await fc.assert(
      fc.asyncProperty(bucket, fc.double({ min: 0, max: 1, noNaN: true }), async (spec, part) => {
        const { clock, memory, redis, check } = rig();
        const checks = [check(spec, 'x')];
        for (const limiter of [memory, redis]) {
          clock.at = WALL;
          await limiter.take(checks, spec.capacity);
          clock.at -= Math.floor((part * spec.capacity) / spec.refillPerMs);
          const [refused] = await limiter.take(checks, 1);
          assert.equal(refused?.allowed, false);
          clock.at += Math.ceil(refused?.retryAfterMs ?? 0);
          assert.ok(allAllowed(await limiter.take(checks, 1)), `told to wait ${refused?.retryAfterMs} ms`);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('a limit that is named twice is paid twice', async () => {
    await fc.assert(
      fc.asyncProperty(anySpec, fc.integer({ min: 1, max: 6 }), async (spec, tokens) => {
        const { memory, redis, check } = rig();
        for (const limiter of [memory, redis]) {
          const twice = await limiter.take([check(spec, 'x'), check(spec, 'x')], tokens);
          const paid = spec.capacity >= 2 * tokens ? 2 * tokens : 0;
          assert.equal(allAllowed(twice), paid > 0);
          assert.equal((await limiter.take([check(spec, 'x')], 0))[0]?.remaining, spec.capacity - paid);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('a changed spec gives nothing back: levels, counts and those who wait stay', async () => {
    const changes: [object, object, number][] = [
      [{ capacity: 5, refill: '1/h' }, { capacity: 50, refill: '1/h' }, 1],
      [
        { algorithm: 'leaky-bucket', rate: '1/s', queue: 4 },
        { algorithm: 'leaky-bucket', rate: '1/s', queue: 9 },
        6,
      ],
      [
        { algorithm: 'fixed-window', limit: 5, window: 'hour' },
        { algorithm: 'fixed-window', limit: 10, window: 'month' },
        6,
      ],
      [
        { algorithm: 'sliding-window', limit: 5, window: '1h' },
        { algorithm: 'sliding-window', limit: 10, window: '2m' },
        6,
      ],
      [
        { algorithm: 'sliding-log', limit: 5, window: '1h' },
        { algorithm: 'sliding-log', limit: 10, window: '2h' },
        6,
      ],
    ];
    for (const [written, changed, left] of changes) {
      const { clock, memory, redis, check } = rig();
      clock.at += 1_000_003;
      const specs = [written, changed].map((config) => limitSpec('x', limitConfig.parse(config)));
      for (const limiter of [memory, redis]) {
        const [before, after] = specs;
        assert.ok(before && after);
        assert.ok(allAllowed(await limiter.take([check(before, 'k')], 4)));
        assert.equal((await limiter.take([check(after, 'k')], 0))[0]?.remaining, left);
        assert.ok(allAllowed(await limiter.take([check(after, 'k')], 1)));
        assert.equal((await limiter.take([check(after, 'k')], 0))[0]?.remaining, left - 1);
      }
    }
  });

  test('months end where the calendar says, in any year', async () => {
    const spec = limitSpec('m', limitConfig.parse({ algorithm: 'fixed-window', limit: 5, window: 'month' }));
    const { clock, memory, redis, check } = rig();
    const edges = [2024, 2025, 2026, 2100, 2399, 2400].flatMap((year) =>
      Array.from({ length: 12 }, (_, month) => Date.UTC(year, month)),
    );
    for (const [i, edge] of edges.entries()) {
      for (const at of [edge - 1, edge, edge + 86_400_000 * 14]) {
        clock.at = at;
        const [expected] = memory.take([check(spec, `${i} ${at}`)], 1);
        const [decision] = await redis.take([check(spec, `${i} ${at}`)], 1);
        assert.equal(decision?.resetMs, expected?.resetMs);
      }
    }
  });

  test('what is kept goes by itself: every key has a time to live', async () => {
    for (const algorithm of ALGORITHMS) {
      const [spec] = fc.sample(anyLimit(algorithm), { numRuns: 1, seed: 7 });
      assert.ok(spec);
      const real = new RedisLimiter(store);
      assert.ok(allAllowed(await real.take([{ spec, key: ['ttl', algorithm, 'x'] }], 1)));
    }
    const keys = await store.run({ source: "return redis.call('KEYS', '*')", sha1: '0'.repeat(40) }, [], []);
    assert.ok(Array.isArray(keys));
    for (const key of keys) {
      const ttl = await store.run(
        { source: "return redis.call('PTTL', KEYS[1])", sha1: '1'.repeat(40) },
        [String(key)],
        [],
      );
      assert.ok(Number(ttl) !== -1, `${key} stays for ever`);
    }
  });
});

test('a request carries the parts that its algorithms need, and no others', () => {
  const specs = fc.sample(anyLimit('token-bucket'), 1);
  const { source } = limitScript(specs.map((spec) => ({ spec, key: [] })));
  const held = (algorithm: Algorithm) => source.includes(`algorithms['${algorithm}'] =`);
  assert.deepEqual(ALGORITHMS.filter(held), ['token-bucket']);
  assert.match(source, /redis\.call\('TIME'\)/);
  assert.doesNotMatch(source, /os\./);
});

async function holdsPlain(specs: readonly LimitSpec[], draws: readonly AnyDraw[]): Promise<void> {
  const { clock, redis, check } = rig();
  const plain = new PlainLimiter();
  for (const { waitMs, tokens, from } of draws) {
    clock.at += waitMs;
    const limits = from.flatMap((i) => {
      const spec = specs[i] ?? specs[0];
      return spec ? [{ spec, key: `key ${i}` }] : [];
    });
    const expected = plain.take(limits, tokens, clock.at);
    const decisions = await redis.take(
      limits.map(({ spec, key }) => check(spec, key)),
      tokens,
    );
    assert.equal(allAllowed(decisions), expected);
    decisions.forEach((decision, i) => {
      const limit = limits[i];
      assert.ok(limit);
      const left = Math.max(0, plain.available(limit.spec, limit.key, clock.at));
      assert.ok(decision.remaining <= left + 1e-6 && decision.remaining > left - 1 - 1e-6);
    });
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
