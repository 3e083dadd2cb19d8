import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { whyWorse } from './comparison.ts';
import { splitConfig } from './config.ts';
import { SideWindow } from './side-window.ts';

/** A generator of numbers that come out the same each time (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function rulesOf(rollback: object) {
  const { rollback: rules } = splitConfig.parse({
    sides: { stable: { upstream: 'a' }, canary: { upstream: 'b', weight: 5 } },
    rollback,
  });
  assert.ok(rules);
  return rules;
}

interface Side {
  readonly failures: number;
  readonly medianMs: number;
}

/**
 * Calls one after another, `perWindow` of them in each window and a part of them to the side. Looks after every tenth call of it;
 * says at which of its calls it was found worse.
 */
function simulate(
  rollback: object,
  seed: number,
  { windows, perWindow, share }: { windows: number; perWindow: number; share: number },
  stable: Side,
  canary: Side,
): number | undefined {
  const rules = rulesOf(rollback);
  const random = seeded(seed);
  // Latencies are skewed, as real ones: exponential above a floor.
  const latency = (side: Side): number => side.medianMs * (0.5 + (0.5 * -Math.log(1 - random())) / Math.LN2);
  const [one, other] = [new SideWindow(rules.window), new SideWindow(rules.window)];
  let calls = 0;
  for (let i = 0; i < windows * perWindow; i += 1) {
    const now = (i * rules.window) / perWindow;
    const isCanary = random() < share;
    const side = isCanary ? canary : stable;
    const window = isCanary ? other : one;
    window.add(now, random() < side.failures, latency(side));
    if (!isCanary) continue;
    calls += 1;
    one.advance(now);
    if (calls % 10 === 0 && whyWorse(rules, other, one)) return calls;
  }
  return undefined;
}

const both = { errorRate: '1%', latency: { ratio: 1.2, margin: '1ms' }, minimumCalls: 50 };

describe('sides that are equal', () => {
  for (const failures of [0.001, 0.02, 0.3]) {
    test(`are never told apart in 1,000 windows at ${failures * 100} % of failures`, () => {
      const side = { failures, medianMs: 40 };
      const traffic = { windows: 1000, perWindow: 400, share: 0.3 };
      assert.equal(simulate(both, 7, traffic, side, side), undefined);
    });
  }

  test('nor without any margin, at few calls', () => {
    const side = { failures: 0.05, medianMs: 40 };
    const none = { errorRate: 0, latency: { ratio: 1, margin: '0ms' }, minimumCalls: 20 };
    assert.equal(simulate(none, 11, { windows: 1000, perWindow: 200, share: 0.2 }, side, side), undefined);
  });

  test('a canary that is worse by less than the margin stays', () => {
    const traffic = { windows: 1000, perWindow: 400, share: 0.3 };
    const [stable, canary] = [
      { failures: 0.01, medianMs: 40 },
      { failures: 0.015, medianMs: 44 },
    ];
    assert.equal(simulate(both, 13, traffic, stable, canary), undefined);
  });
});

describe('a canary that is worse', () => {
  const traffic = { windows: 3, perWindow: 20_000, share: 0.05 };
  const well = { failures: 0.005, medianMs: 40 };
  for (const [failures, within] of [
    [1, 100],
    [0.3, 130],
    [0.1, 900],
  ] as const) {
    test(`by ${failures * 100} % of failures is found within ${within} of its calls`, () => {
      for (let seed = 1; seed <= 10; seed += 1) {
        const found = simulate({}, seed, traffic, well, { ...well, failures });
        assert.ok(found !== undefined && found <= within, `${found} (seed ${seed})`);
      }
    });
  }

  test('that takes three times as long is found within 300 of its calls, by its latency', () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const found = simulate({ latency: {} }, seed, traffic, well, { ...well, medianMs: 120 });
      assert.ok(found !== undefined && found <= 300, `${found} (seed ${seed})`);
    }
  });

  test('is not judged before there were enough calls of both', () => {
    const rules = rulesOf({ minimumCalls: 100 });
    const [stable, canary] = [new SideWindow(rules.window), new SideWindow(rules.window)];
    for (let i = 0; i < 100; i += 1) canary.add(0, true, undefined);
    for (let i = 0; i < 99; i += 1) stable.add(0, false, 5);
    assert.equal(whyWorse(rules, canary, stable), undefined);
    stable.add(0, false, 5);
    assert.deepEqual(whyWorse(rules, canary, stable), {
      kind: 'error_rate',
      observed: 1,
      stable: 0,
      calls: 100,
      stableCalls: 100,
    });
  });

  test('what is allowed is allowed, however sure the difference is', () => {
    const differs = (errorRate: string): boolean => {
      const rules = rulesOf({ errorRate });
      const [stable, canary] = [new SideWindow(rules.window), new SideWindow(rules.window)];
      for (let i = 0; i < 100_000; i += 1) {
        stable.add(0, i % 100 === 0, 5);
        canary.add(0, i % 40 === 0, 5);
      }
      return whyWorse(rules, canary, stable) !== undefined;
    };
    assert.equal(differs('2%'), false);
    assert.equal(differs('1%'), true);
  });

  test('a difference that is too small to feel is none, whatever the ratio', () => {
    const rules = rulesOf({ latency: { ratio: 1.5, margin: '10ms' } });
    const [stable, canary] = [new SideWindow(rules.window), new SideWindow(rules.window)];
    for (let i = 0; i < 1000; i += 1) {
      stable.add(0, false, 1);
      canary.add(0, false, 4);
    }
    assert.equal(whyWorse(rules, canary, stable), undefined);
  });
});
