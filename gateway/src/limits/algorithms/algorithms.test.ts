import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { affords, allAllowed } from '../decision.ts';
import type { LimitSpec } from '../limiter.ts';
import { MemoryLimiter } from '../memory-limiter.ts';
import { limitConfig, limitSpec } from '../plans/limit-config.ts';
import { ALGORITHMS, type AnyDraw, anyDraws, anyLimit } from '../testing/any-limits.ts';
import { PlainLimiter } from '../testing/plain-models.ts';
import { newState, stateOf, stateWith, underSpec } from './algorithms.ts';

const anySpec = fc.constantFrom(...ALGORITHMS).chain(anyLimit);

for (const algorithm of ALGORITHMS) {
  describe(algorithm, () => {
    test('admits exactly what the plain model admits, over interleaved keys, costs and times', () => {
      fc.assert(
        fc.property(fc.tuple(anyLimit(algorithm), anyLimit(algorithm)), anyDraws(2, 60), (specs, draws) =>
          holdsPlain(specs, draws),
        ),
        { numRuns: 200 },
      );
    });

    test('whoever waits as told is admitted', () => {
      fc.assert(
        fc.property(
          anyLimit(algorithm),
          anyDraws(1, 30),
          fc.integer({ min: 1, max: 6 }),
          (spec, draws, n) => {
            const state = newState(spec, 0);
            let nowMs = 1_000_000;
            for (const { waitMs, tokens } of draws) {
              nowMs += waitMs;
              state.advance(nowMs);
              if (affords(state.available(), tokens)) state.draw(tokens);
            }
            const allowed = affords(state.available(), n);
            const { retryAfterMs } = state.decision(n, allowed);
            if (n > spec.capacity) return assert.equal(retryAfterMs, Number.POSITIVE_INFINITY);
            state.advance(nowMs + retryAfterMs);
            assert.ok(affords(state.available(), n));
            if (allowed) assert.equal(retryAfterMs, 0);
          },
        ),
      );
    });

    test('after the time until reset all is there', () => {
      fc.assert(
        fc.property(anyLimit(algorithm), anyDraws(1, 30), (spec, draws) => {
          const state = newState(spec, 1_000_000);
          let nowMs = 1_000_000;
          for (const { waitMs, tokens } of draws) {
            nowMs += waitMs;
            state.advance(nowMs);
            if (affords(state.available(), tokens)) state.draw(tokens);
          }
          state.advance(nowMs + state.decision(0, true).resetMs);
          assert.ok(affords(state.available(), spec.capacity));
        }),
      );
    });

    test('time that runs back gives nothing back, however far', () => {
      fc.assert(
        fc.property(anyLimit(algorithm), fc.integer({ min: 1, max: 3_600_000 }), (spec, backMs) => {
          const nowMs = 10_000_000_007;
          const state = newState(spec, nowMs);
          state.advance(nowMs);
          state.draw(spec.capacity);
          state.advance(nowMs - backMs);
          assert.ok(state.available() <= 1e-6, `${state.available()} back`);
          // … and nobody is locked out for longer than the limit itself takes, from the time that was left or the new one.
          state.advance(nowMs + 2 * (spec.capacity / spec.refillPerMs) + 1);
          assert.ok(affords(state.available(), spec.capacity));
        }),
      );
    });

    test('a changed spec gives nothing back: what is used stays used, or is cut to the new capacity', () => {
      fc.assert(
        fc.property(anyLimit(algorithm), anyLimit(algorithm), fc.nat(12), (before, after, drawn) => {
          const nowMs = 10_000_000_007;
          const used = Math.min(drawn, before.capacity);
          const state = stateWith(before, before.capacity - used, nowMs);
          const changed = underSpec(state, after, nowMs);
          assert.equal(changed, state);
          changed.advance(nowMs);
          const left = algorithm === 'token-bucket' ? before.capacity - used : after.capacity - used;
          assert.ok(Math.abs(changed.available() - Math.min(after.capacity, left)) < 1e-6);
        }),
      );
    });

    test('the parts of several processes together admit no more than the whole', () => {
      fc.assert(
        fc.property(
          anyLimit(algorithm),
          fc.integer({ min: 1, max: 6 }),
          fc.nat(12),
          (spec, shares, drawn) => {
            const used = Math.min(drawn, spec.capacity);
            let sum = 0;
            for (let i = 0; i < shares; i += 1) {
              const state = stateWith(spec, spec.capacity - used, 5000);
              state.divide(shares);
              sum += Math.floor(state.available() + 1e-9);
            }
            assert.ok(sum <= Math.max(spec.capacity - used, shares), `${sum} of ${spec.capacity - used}`);
          },
        ),
      );
    });
  });
}

test('several limits of different algorithms are drawn from together, or none is', () => {
  fc.assert(
    fc.property(fc.array(anySpec, { minLength: 2, maxLength: 5 }), anyDraws(2, 60), (specs, draws) =>
      holdsPlain(specs, draws),
    ),
  );
});

test('a token that is back at this very millisecond is one, for the limiter and for the plain model', () => {
  const spec = limitSpec(
    'any',
    limitConfig.parse({ algorithm: 'sliding-window', limit: 5, window: '350ms' }),
  );
  const waitsMs = [838, 27, 55, 5, 37, 56, 81, 21];
  const draws = waitsMs.map((waitMs) => ({ waitMs, tokens: waitMs === 5 ? 0 : 1, from: [0] }));
  holdsPlain([spec], draws);
});

test('another algorithm under the same key begins with the same part', () => {
  fc.assert(
    fc.property(anySpec, anySpec, fc.double({ min: 0, max: 1, noNaN: true }), (before, after, part) => {
      const state = stateWith(before, before.capacity * part, 5000);
      const changed = underSpec(state, after, 5000);
      if ((before.algorithm ?? 'token-bucket') === (after.algorithm ?? 'token-bucket')) return;
      changed.advance(5000);
      assert.ok(Math.abs(changed.available() - after.capacity * part) < 1e-6);
    }),
  );
});

test("another store's decision is gone on from, and never with more than it told", () => {
  fc.assert(
    fc.property(anySpec, fc.nat(12), (spec, left) => {
      const remaining = Math.min(left, spec.capacity);
      const told = { spec, allowed: true, remaining, resetMs: 1, retryAfterMs: 0, waitMs: 0 };
      const state = stateOf(told, 5000);
      state.advance(5000);
      assert.ok(Math.abs(state.available() - remaining) < 1e-9);
    }),
  );
});

/** Plays the draws on a limiter in memory and on the plain model; both must say the same each time. */
function holdsPlain(specs: readonly LimitSpec[], draws: readonly AnyDraw[]): void {
  const clock = new ManualClock();
  const limiter = new MemoryLimiter({ clock, meter: noMeter });
  const plain = new PlainLimiter();
  for (const { waitMs, tokens, from } of draws) {
    clock.advance(waitMs);
    const limits = from.map((i) => ({ spec: specs[i] ?? specs[0], key: `key ${i}` }));
    const checks = limits.flatMap(({ spec, key }) => (spec ? [{ spec, key: ['s', key] }] : []));
    const plainLimits = checks.map(({ spec, key }) => ({ spec, key: key[1] ?? '' }));
    const expected = plain.take(plainLimits, tokens, clock.wall());
    const decisions = limiter.take(checks, tokens);
    assert.equal(allAllowed(decisions), expected);
    decisions.forEach((decision, i) => {
      const limit = plainLimits[i];
      assert.ok(limit);
      const left = Math.max(0, plain.available(limit.spec, limit.key, clock.wall()));
      assert.ok(decision.remaining <= left + 1e-6 && decision.remaining > left - 1 - 1e-6);
    });
  }
}
