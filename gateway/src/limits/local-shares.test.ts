import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { allAllowed } from './decision.ts';
import { LocalShares } from './local-shares.ts';

const spec = { name: 'p', capacity: 100, refillPerMs: 0.01 };
const check = { spec, key: ['plan', 'acme', '/x'] };
const gone = new Error('test');

function setUp(processes: number) {
  const clock = new ManualClock();
  return {
    clock,
    local: new LocalShares({ processes: () => processes, clock, logger: noLogger, meter: noMeter }),
  };
}

test('what was admitted is owed once, and owed again when telling it failed', () => {
  const { local } = setUp(4);
  local.remember(check, 60);
  for (let i = 0; i < 20; i += 1) local.take([check], 1, gone);
  assert.equal(local.takeOwed(check), 15);
  assert.equal(local.takeOwed(check), 0);
  local.oweAgain(check, 15);
  assert.equal(local.takeOwed(check), 15);
  assert.equal(local.takeOwed({ spec, key: ['other'] }), 0);
});

test('a window of the calendar is shared too', () => {
  const { local } = setUp(4);
  const daily = {
    name: 'd',
    algorithm: 'fixed-window',
    capacity: 8,
    refillPerMs: 8 / 864e5,
    windowMs: 864e5,
    period: 'day',
  } as const;
  const taken = Array.from({ length: 9 }, () => local.take([{ spec: daily, key: ['day'] }], 1, gone));
  assert.equal(taken.filter(allAllowed).length, 2);
});
