import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { allAllowed } from '../decision.ts';
import { noSettle } from '../testing/no-store.ts';
import { LocalShares } from './local-shares.ts';
import type { Debt, Settle } from './settlement.ts';

const check = { spec: { name: 'p', capacity: 100, refillPerMs: 0.01 }, key: ['plan', 'acme', '/x'] };
const gone = new Error('test');

function setUp(processes: number, settle: Settle = noSettle) {
  const clock = new ManualClock();
  const common = { clock, logger: noLogger, meter: noMeter };
  return { clock, local: new LocalShares({ processes: () => processes, settle, ...common }) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a bucket stays local until all may be back; what was admitted is told once, and again where nobody answered', async () => {
  const told: Debt[] = [];
  let answers = false;
  const { clock, local } = setUp(4, async (_check, debt) => {
    told.push(debt);
    if (!answers) throw gone;
    return 40;
  });
  local.remember(check, 60);
  for (let i = 0; i < 20; i += 1) local.take([check], 1, gone);
  local.remember(check, 60);
  assert.ok(local.holdsAny([check]));
  assert.ok(!allAllowed(local.take([check], 1)), 'an answer that comes late changes nothing');
  const tick = async (byMs: number) => {
    clock.advance(byMs);
    await turn();
  };
  await tick(50);
  answers = true;
  await tick(50);
  assert.deepEqual(
    told.map(({ owed, sequence, lost }) => ({ owed, sequence, lost })),
    [
      { owed: 15, sequence: 1, lost: 0 },
      { owed: 15, sequence: 2, lost: 1 },
    ],
  );
  assert.equal(told[1]?.most, 61, 'what was told last and what came back in 100 ms');
  for (let i = 0; i < 9; i += 1) await tick(50);
  assert.ok(local.holdsAny([check]));
  await tick(50);
  assert.ok(!local.holdsAny([check]), 'half a second later');
  assert.ok(told.slice(2).every(({ owed, lost }) => owed === 0 && lost === 0));
  assert.equal(clock.pending, 0);
});

test('an outage that outlasts the bucket leaves no debt that time has paid', async () => {
  const told: Debt[] = [];
  let answers = false;
  const { clock, local } = setUp(1, async (_check, debt) => {
    if (!answers) throw gone;
    told.push(debt);
    return 100 - debt.owed;
  });
  // A caller at half the rate, for ten times as long as the bucket takes to fill.
  for (let i = 0; i < 500; i += 1) {
    assert.ok(allAllowed(local.take([check], 1, gone)));
    clock.advance(200);
    await turn();
  }
  local.take([check], 30, gone);
  answers = true;
  clock.advance(50);
  await turn();
  await turn();
  assert.equal(told.length, 1);
  assert.ok(Math.abs((told[0]?.owed ?? 0) - 29.5) < 0.01, `owed ${told[0]?.owed}, of 530 that were admitted`);
  assert.ok(!local.holdsAny([check]));
});

test('what the others took while this one was away is not admitted here', async () => {
  const { clock, local } = setUp(2, async () => 3);
  local.remember(check, 60);
  local.take([check], 0, gone);
  clock.advance(50);
  await turn();
  const taken = Array.from({ length: 9 }, () => local.take([check], 1));
  assert.equal(taken.filter(allAllowed).length, 3);
});

test('others are taken to have leased what this one leased', () => {
  const { local } = setUp(3);
  local.remember(check, 60, 15);
  assert.equal(local.take([check], 0, gone)[0]?.remaining, 10, '(60 − 2 × 15) / 3');
});

test('at the end the store is told what is owed', async () => {
  let owed = 0;
  const { local } = setUp(1, async (_check, debt) => {
    owed += debt.owed;
    return 0;
  });
  local.take([check], 5, gone);
  await local.close();
  assert.equal(owed, 5);
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
