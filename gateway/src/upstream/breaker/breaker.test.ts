import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { type BreakerState, breakerConfig, CircuitBreaker, REFUSED } from './breaker.ts';
import type { Verdict } from './verdict.ts';

function breaker(input: object = {}): {
  clock: ManualClock;
  breaker: CircuitBreaker;
  changes: BreakerState[];
} {
  const clock = new ManualClock();
  const changes: BreakerState[] = [];
  const config = breakerConfig.parse({ jitter: 0, ...input });
  const onChange = (state: BreakerState): void => void changes.push(state);
  return { clock, changes, breaker: new CircuitBreaker(config, { clock, random: () => 0, onChange }) };
}

function run(target: CircuitBreaker, verdict: Verdict, times = 1, slow = false): void {
  for (let i = 0; i < times; i += 1) target.end(target.begin(), verdict, slow);
}

describe('the defaults', () => {
  test('half of the last 20 calls opens for 30 s, then one success closes', () => {
    const { clock, breaker: target, changes } = breaker();
    run(target, 'success', 10);
    run(target, 'failure', 9);
    assert.equal(target.state, 'closed', '19 calls are too few to judge');
    run(target, 'failure');
    assert.equal(target.state, 'open');
    assert.equal(target.begin(), REFUSED);
    assert.equal(target.retryAfterMs, 30_000);
    clock.advance(29_999);
    assert.equal(target.admits, false);
    clock.advance(1);
    assert.equal(target.admits, true);
    const probe = target.begin();
    assert.notEqual(probe, REFUSED);
    assert.equal(target.begin(), REFUSED, 'one probe at a time');
    target.end(probe, 'success');
    assert.equal(target.state, 'closed');
    assert.deepEqual(changes, ['open', 'half-open', 'closed']);
    run(target, 'failure', 19);
    assert.equal(target.state, 'closed', 'it starts anew');
  });

  test('nine failures in twenty do not open it', () => {
    const { breaker: target } = breaker();
    for (let i = 0; i < 50; i += 1) {
      run(target, 'success', 11);
      run(target, 'failure', 9);
    }
    assert.equal(target.state, 'closed');
  });
});

test('a probe that fails opens it again for the whole time', () => {
  const { clock, breaker: target } = breaker();
  run(target, 'failure', 20);
  clock.advance(30_000);
  run(target, 'failure');
  assert.equal(target.state, 'open');
  assert.equal(target.retryAfterMs, 30_000);
});

test('a probe whose client left frees its place and decides nothing', () => {
  const { clock, breaker: target } = breaker();
  run(target, 'failure', 20);
  clock.advance(30_000);
  run(target, 'none');
  assert.equal(target.state, 'half-open');
  assert.equal(target.admits, true);
  run(target, 'success');
  assert.equal(target.state, 'closed');
});

test('verdicts from before an opening change nothing after it', () => {
  const { clock, breaker: target } = breaker();
  const early = target.begin();
  run(target, 'failure', 20);
  clock.advance(30_000);
  const probe = target.begin();
  target.end(early, 'success');
  assert.equal(target.state, 'half-open');
  assert.equal(target.begin(), REFUSED, 'the probe still has its place');
  target.end(probe, 'success');
  target.end(early, 'failure');
  assert.equal(target.state, 'closed');
});

test('slow calls open it where they are told to count, and a slow probe keeps it open', () => {
  const { clock, breaker: target } = breaker({ slowAfter: '1s', slowRate: 0.5 });
  run(target, 'success', 10);
  run(target, 'success', 10, true);
  assert.equal(target.state, 'open');
  clock.advance(30_000);
  run(target, 'success', 1, true);
  assert.equal(target.state, 'open');
});

test('a time window forgets', () => {
  const { clock, breaker: target } = breaker({ windowTime: '10s', minimumCalls: 5 });
  run(target, 'failure', 4);
  clock.advance(11_000);
  run(target, 'failure', 4);
  assert.equal(target.state, 'closed');
  run(target, 'failure');
  assert.equal(target.state, 'open');
});

test('false is short for switched off, and true for the defaults', () => {
  assert.deepEqual(breakerConfig.parse(false), breakerConfig.parse({ enabled: false }));
  assert.equal(breakerConfig.parse(false).enabled, false);
  assert.deepEqual(breakerConfig.parse(true), breakerConfig.parse(undefined));
});

test('what can never open is refused as configuration', () => {
  assert.throws(() => breakerConfig.parse({ windowCalls: 10 }), /minimumCalls/);
  assert.doesNotThrow(() => breakerConfig.parse({ windowCalls: 10, minimumCalls: 10 }));
  assert.doesNotThrow(() => breakerConfig.parse({ windowTime: '10s', minimumCalls: 100 }));
});

test('failures in a row open it, however few calls there were', () => {
  const { breaker: target } = breaker({ consecutiveFailures: 5 });
  run(target, 'failure', 4);
  run(target, 'none');
  run(target, 'success');
  run(target, 'failure', 4);
  run(target, 'none');
  assert.equal(target.state, 'closed');
  run(target, 'failure');
  assert.equal(target.state, 'open');
});

describe('half-open', () => {
  test('so many probes at a time, and so many successes to close', () => {
    const { clock, breaker: target } = breaker({ probes: 2, probesToClose: 3 });
    run(target, 'failure', 20);
    clock.advance(30_000);
    const probes = [target.begin(), target.begin()];
    assert.equal(target.begin(), REFUSED);
    assert.equal(target.admits, false);
    for (const probe of probes) target.end(probe, 'success');
    assert.equal(target.state, 'half-open');
    run(target, 'success');
    assert.equal(target.state, 'closed');
  });

  test('a probe that fails while others are out opens it; what they say then is late', () => {
    const { clock, breaker: target } = breaker({ probes: 3 });
    run(target, 'failure', 20);
    clock.advance(30_000);
    const [first, second] = [target.begin(), target.begin()];
    target.end(first, 'failure');
    target.end(second, 'success');
    assert.equal(target.state, 'open');
  });
});

describe('how long it is open', () => {
  test('twice as long each time its probes fail, up to the most; short again after full service', () => {
    const { clock, breaker: target } = breaker({ openFor: '5s', maxOpenFor: '30s', rampUp: '10s' });
    const times: number[] = [];
    run(target, 'failure', 20);
    for (let i = 0; i < 4; i += 1) {
      times.push(target.retryAfterMs);
      clock.advance(target.retryAfterMs);
      run(target, 'failure');
    }
    assert.deepEqual(times, [5000, 10_000, 20_000, 30_000]);
    clock.advance(target.retryAfterMs);
    run(target, 'success');
    clock.advance(9999);
    run(target, 'failure', 20);
    assert.equal(target.retryAfterMs, 30_000, 'it failed while it took back its calls');
    clock.advance(target.retryAfterMs);
    run(target, 'success');
    clock.advance(10_000);
    run(target, 'failure', 20);
    assert.equal(target.retryAfterMs, 5000);
  });

  test('chance makes it shorter by up to the jitter', () => {
    for (const [chance, ms] of [
      [0, 30_000],
      [0.5, 28_500],
    ] as const) {
      const clock = new ManualClock();
      const target = new CircuitBreaker(breakerConfig.parse({}), { clock, random: () => chance });
      run(target, 'failure', 20);
      assert.equal(target.retryAfterMs, ms);
    }
  });
});

describe('taking calls back', () => {
  function closedAgain(): ReturnType<typeof breaker> {
    const made = breaker({ rampUp: '10s' });
    run(made.breaker, 'failure', 20);
    made.clock.advance(30_000);
    run(made.breaker, 'success');
    assert.equal(made.breaker.state, 'closed');
    return made;
  }

  test('the share that is admitted grows evenly to all', () => {
    const { clock, breaker: target } = closedAgain();
    const held = target.begin();
    const admitted: number[] = [];
    for (let second = 0; second <= 10; second += 1) {
      let count = 0;
      for (let i = 0; i < 100; i += 1) if (target.begin() !== REFUSED) count += 1;
      admitted.push(count);
      clock.advance(1000);
    }
    for (const [second, count] of admitted.entries())
      assert.ok(Math.abs(count - 10 * second) <= 1, `${count} of 100 after ${second} s`);
    target.end(held, 'success');
  });

  test('one call at a time is always let through: who comes alone never notices', () => {
    const { breaker: target } = closedAgain();
    run(target, 'success', 50);
    const one = target.begin();
    assert.notEqual(one, REFUSED);
    assert.equal(target.begin(), REFUSED);
    target.end(one, 'none');
    assert.notEqual(target.begin(), REFUSED);
  });
});
