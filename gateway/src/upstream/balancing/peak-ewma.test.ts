import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '../../core/manual-clock.ts';
import { PeakEwma, peakEwma } from './peak-ewma.ts';

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 0.01 * expected + 0.001, `${actual} is not near ${expected}`);

describe('the average', () => {
  test('a worse latency counts at once, a better one little by little', () => {
    const clock = new ManualClock();
    const average = new PeakEwma(clock, 10_000);
    assert.equal(average.valueMs, 0);
    average.observe(100);
    near(average.valueMs, 100);
    average.observe(500);
    near(average.valueMs, 500);
    clock.advance(1000);
    average.observe(100);
    near(average.valueMs, 500 * Math.exp(-0.1) + 100 * (1 - Math.exp(-0.1)));
  });

  test('it falls while nothing is seen', () => {
    const clock = new ManualClock();
    const average = new PeakEwma(clock, 10_000);
    average.observe(1000);
    clock.advance(10_000);
    near(average.valueMs, 1000 / Math.E);
  });

  test('what fails fast does not look fast: each failure doubles it, up to 10 s', () => {
    const average = new PeakEwma(new ManualClock(), 10_000);
    average.observe(2);
    average.fail(0.1);
    near(average.valueMs, 100);
    average.fail(0.1);
    near(average.valueMs, 200);
    for (let i = 0; i < 20; i += 1) average.fail(0.1);
    near(average.valueMs, 10_000);
  });

  test('property: it stays between 0 and the worst that was seen', () => {
    const event = fc.tuple(fc.integer({ min: 0, max: 30_000 }), fc.integer({ min: 1, max: 5000 }));
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 50 }), (events) => {
        const clock = new ManualClock();
        const average = new PeakEwma(clock, 10_000);
        let worst = 0;
        for (const [pause, latency] of events) {
          clock.advance(pause);
          average.observe(latency);
          worst = Math.max(worst, latency);
          assert.ok(average.valueMs >= 0 && average.valueMs <= worst * 1.000001);
          assert.ok(average.valueMs >= latency * 0.999999 || average.valueMs > 0);
        }
      }),
    );
  });
});

describe('the choice', () => {
  const candidate = (latencyMs: number, inFlight: number, weight = 1) => ({
    latencyMs,
    inFlight,
    weight,
    available: true,
    hash: 0,
  });

  test('of two, the one where the call will be done sooner', () => {
    const pick = peakEwma(Math.random);
    const slow = candidate(100, 0);
    const busy = candidate(10, 4);
    assert.equal(pick([slow, busy], undefined), busy);
    const flooded = candidate(10, 20);
    assert.equal(pick([slow, flooded], undefined), slow);
    const strong = candidate(100, 0, 4);
    assert.equal(pick([slow, strong], undefined), strong);
  });

  test('one that nobody knows gets one call at a time', () => {
    const pick = peakEwma(Math.random);
    const known = candidate(20, 3);
    assert.equal(pick([known, candidate(0, 0)], undefined)?.latencyMs, 0);
    assert.equal(pick([known, candidate(0, 1)], undefined), known);
  });

  /** Calls that stay out, 200 for each; how many each has got. */
  function pileUp(all: readonly { latencyMs: number; weight: number }[], seed: number): number[] {
    let state = seed >>> 0;
    const pick = peakEwma(() => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    });
    const candidates = all.map(({ latencyMs, weight }) => candidate(latencyMs, 0, weight));
    for (let i = 0; i < 200 * candidates.length; i += 1) {
      const picked = pick(candidates, undefined);
      if (picked) picked.inFlight += 1;
    }
    return candidates.map(({ inFlight }) => inFlight);
  }

  const several = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
    fc.array(one, { minLength: 2, maxLength: 6 });

  test('property: where latencies are alike the calls follow the weights, within a few', () => {
    fc.assert(
      fc.property(several(fc.integer({ min: 1, max: 3 })), fc.integer(), (weights, seed) => {
        const got = pileUp(
          weights.map((weight) => ({ weight, latencyMs: 20 })),
          seed,
        );
        const loads = got.map((calls, i) => calls / (weights[i] ?? 1));
        assert.ok(Math.max(...loads) - Math.min(...loads) <= 20, loads.join(' '));
      }),
      { numRuns: 50 },
    );
  });

  test('property: where weights are alike the faster has no fewer calls than the slower, but for a few', () => {
    fc.assert(
      fc.property(several(fc.constantFrom(10, 20, 40, 80)), fc.integer(), (latencies, seed) => {
        const got = pileUp(
          latencies.map((latencyMs) => ({ latencyMs, weight: 1 })),
          seed,
        );
        for (const [i, mine] of latencies.entries()) {
          for (const [k, other] of latencies.entries()) {
            if (mine < other) assert.ok((got[i] ?? 0) + 20 >= (got[k] ?? 0), `${latencies} ${got}`);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  test('property: what is unavailable is never picked while another is available', () => {
    const one = fc.record({
      latencyMs: fc.nat(100),
      inFlight: fc.nat(5),
      weight: fc.integer({ min: 1, max: 5 }),
      available: fc.boolean(),
      hash: fc.constant(0),
    });
    fc.assert(
      fc.property(
        fc.array(one, { maxLength: 6 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (all, chance) => {
          const picked = peakEwma(() => chance)(all, undefined);
          if (all.some(({ available }) => available)) assert.ok(picked?.available);
          else assert.equal(picked, undefined);
        },
      ),
    );
  });
});
