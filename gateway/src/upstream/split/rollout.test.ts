import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Logger, noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { splitConfig } from './config.ts';
import { splitMetrics } from './metrics.ts';
import { Rollout } from './rollout.ts';

const sides = { stable: { upstream: 'v1' }, canary: { upstream: 'v2' } };
const steps = [{ weight: '1%', for: '10m' }, { weight: 10, for: '30m' }, { weight: 100 }];
const MINUTE = 60_000;

function open(split: object, clock = new ManualClock(), logger: Logger = noLogger): Rollout {
  const config = splitConfig.parse({ sides, ...split });
  return new Rollout({ name: 'users', config, clock, metrics: splitMetrics(noMeter), logger });
}

/** Calls of both sides, of which these fail. */
function feed(rollout: Rollout, calls: number, failing: { stable: boolean; canary: boolean }): void {
  for (let i = 0; i < calls; i += 1) {
    rollout.judge(0, failing.stable ? 'failure' : 'success', 5);
    rollout.judge(1, failing.canary ? 'failure' : 'success', 5);
  }
}

describe('steps', () => {
  test('follow each other from the first reading on', () => {
    const clock = new ManualClock();
    const rollout = open({ steps }, clock);
    assert.deepEqual(rollout.shares, [0.99, 0.01]);
    clock.advance(10 * MINUTE - 1);
    assert.deepEqual(rollout.shares, [0.99, 0.01]);
    clock.advance(1);
    assert.deepEqual(rollout.shares, [0.9, 0.1]);
    assert.equal(rollout.view().step, 2);
    assert.equal(rollout.view().nextStepAt, '2026-01-01T00:40:00.000Z');
    clock.advance(30 * MINUTE);
    assert.deepEqual(rollout.shares, [0, 1]);
    assert.equal(clock.pending, 0);
    assert.equal(rollout.view().nextStepAt, undefined);
  });

  test('begin at their time, whoever reads it when', () => {
    const clock = new ManualClock();
    const before = open({ steps, startAt: '2026-01-01T01:00:00+00:00' }, clock);
    assert.deepEqual(before.shares, [1, 0]);
    assert.equal(before.view().step, 0);
    clock.advance(60 * MINUTE);
    assert.deepEqual(before.shares, [0.99, 0.01]);
    clock.advance(15 * MINUTE);
    const after = open({ steps, startAt: '2026-01-01T01:00:00Z' }, clock);
    assert.deepEqual(after.shares, [0.9, 0.1]);
    assert.deepEqual(after.view(), before.view());
  });

  test('may be far away: no timer is longer than the platform’s', () => {
    const clock = new ManualClock();
    const rollout = open({ steps, startAt: '2026-03-01T00:00:00Z' }, clock);
    clock.advance(59 * 24 * 60 * MINUTE - 1);
    assert.deepEqual(rollout.shares, [1, 0]);
    clock.advance(1);
    assert.deepEqual(rollout.shares, [0.99, 0.01]);
  });

  test('halt with a rollback, and go on with the beginning of the same one', () => {
    const clock = new ManualClock();
    const rollout = open({ steps }, clock);
    clock.advance(25 * MINUTE);
    assert.equal(rollout.decide(1, { kind: 'rollback' }), true);
    assert.deepEqual(rollout.shares, [1, 0]);
    assert.equal(clock.pending, 0);
    clock.advance(1000 * MINUTE);
    assert.deepEqual(rollout.shares, [1, 0]);
    assert.equal(rollout.view().sides[1]?.by, 'rolled back');
    assert.equal(rollout.view().sides[1]?.reason, 'operator');
    rollout.decide(1, { kind: 'resume' });
    assert.deepEqual(rollout.shares, [0.9, 0.1]);
    clock.advance(30 * MINUTE - 1);
    assert.deepEqual(rollout.shares, [0.9, 0.1]);
    clock.advance(1);
    assert.deepEqual(rollout.shares, [0, 1]);
  });

  test('halt with a weight that an operator sets', () => {
    const clock = new ManualClock();
    const rollout = open({ steps }, clock);
    assert.equal(rollout.decide(1, { kind: 'weight', share: 0.25 }), true);
    clock.advance(1000 * MINUTE);
    assert.deepEqual(rollout.shares, [0.75, 0.25]);
    assert.equal(rollout.view().sides[1]?.by, 'set');
    rollout.decide(1, { kind: 'resume' });
    assert.deepEqual(rollout.shares, [0.99, 0.01]);
  });

  test('end with the split: no timer is left', () => {
    const clock = new ManualClock();
    open({ steps }, clock).close();
    assert.equal(clock.pending, 0);
  });
});

describe('rollback', () => {
  const rollback = { minimumCalls: 50 };

  test('takes everything from a side that fails, once, and says why', () => {
    const warnings: unknown[] = [];
    const logger = { ...noLogger, warn: (fields: object) => warnings.push(fields) };
    const rollout = open(
      { sides: { a: { upstream: 'v1' }, b: { upstream: 'v2', weight: 20 } }, rollback },
      undefined,
      logger,
    );
    feed(rollout, 49, { stable: false, canary: true });
    assert.deepEqual(rollout.shares, [0.8, 0.2]);
    feed(rollout, 50, { stable: false, canary: true });
    assert.deepEqual(rollout.shares, [1, 0]);
    assert.equal(warnings.length, 1);
    const [, b] = rollout.view().sides;
    assert.ok(b?.reason !== undefined && b.reason !== 'operator');
    assert.deepEqual([b.reason.kind, b.reason.observed, b.reason.stable], ['error_rate', 1, 0]);
  });

  test('not where both fail alike, where the gateway refused, or where nobody asked for it', () => {
    const alike = open({ rollback });
    feed(alike, 500, { stable: true, canary: true });
    assert.equal(alike.view().sides[1]?.by, 'configuration');
    const refused = open({ rollback });
    for (let i = 0; i < 500; i += 1) {
      refused.judge(0, 'success', 5);
      refused.judge(1, 'none', undefined);
    }
    assert.equal(refused.view().sides[1]?.calls, 0);
    const without = open({});
    feed(without, 500, { stable: false, canary: true });
    assert.equal(without.view().sides[1]?.by, 'configuration');
  });

  test('a side that goes on begins with a clean slate, and may be rolled back again', () => {
    const rollout = open({ rollback });
    feed(rollout, 100, { stable: false, canary: true });
    assert.equal(rollout.view().sides[1]?.by, 'rolled back');
    rollout.decide(1, { kind: 'resume' });
    assert.equal(rollout.view().sides[1]?.failures, 0);
    feed(rollout, 49, { stable: false, canary: true });
    assert.equal(rollout.view().sides[1]?.by, 'configuration');
    feed(rollout, 20, { stable: false, canary: true });
    assert.equal(rollout.view().sides[1]?.by, 'rolled back');
  });

  test('of one of three leaves the other as it was', () => {
    const three = {
      a: { upstream: 'v1' },
      b: { upstream: 'v2', weight: 20 },
      c: { upstream: 'v3', weight: 30 },
    };
    const rollout = open({ sides: three, rollback });
    rollout.decide(1, { kind: 'rollback' });
    assert.deepEqual(rollout.shares, [0.7, 0, 0.3]);
    assert.equal(rollout.decide(1, { kind: 'weight', share: 0.8 }), false);
    assert.equal(rollout.view().sides[1]?.by, 'rolled back');
    assert.equal(rollout.decide(1, { kind: 'weight', share: 0.7 }), true);
    assert.deepEqual(
      rollout.shares.map((share) => Math.round(share * 1000)),
      [0, 700, 300],
    );
  });
});
