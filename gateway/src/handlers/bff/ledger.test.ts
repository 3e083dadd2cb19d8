import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { BffLedger } from './ledger.ts';
import { objectiveConfig } from './objective.ts';

const OBJECTIVE = objectiveConfig.parse({ availability: 99, latency: '100ms', onExhausted: 'yield' });

function set() {
  const clock = new ManualClock();
  const told: string[] = [];
  const tell = (_fields: object, message: string): void => void told.push(message);
  const logger = { debug: tell, info: tell, warn: tell, error: tell };
  return { clock, told, ledger: new BffLedger({ clock, logger, meter: noMeter }) };
}

test('places are those of a BFF, whichever of its configurations took them', () => {
  const { ledger } = set();
  const [before, after] = [ledger.account('web', undefined), ledger.account('web', OBJECTIVE)];
  assert.ok(before.enter(2) && after.enter(2));
  assert.ok(!before.enter(2) && !after.enter(2));
  assert.ok(ledger.account('mobile', undefined).enter(1), "another's places are its own");
  before.leave();
  assert.ok(after.enter(2));
});

test('failures, late answers and refusals are bad; callers at fault and callers who left do not count', () => {
  const { ledger } = set();
  const account = ledger.account('web', OBJECTIVE);
  account.enter(9);
  account.ended('me', 'ok', 100);
  account.ended('me', 'incomplete', 5);
  account.ended('me', 'ok', 101);
  account.ended('me', 'error', 5);
  account.ended('me', 'refused', 0);
  account.ended('me', 'client_error', 5);
  account.ended('me', 'abandoned', 5_000);
  assert.deepEqual(Reflect.get(Reflect.get(ledger.view('web'), 'budget'), 'good'), 2);
  assert.deepEqual(Reflect.get(Reflect.get(ledger.view('web'), 'budget'), 'bad'), 3);
});

test('an answer that lacks parts is bad where the objective says so', () => {
  const { ledger } = set();
  const account = ledger.account('web', { ...OBJECTIVE, incomplete: 'bad' });
  account.enter(1);
  account.ended('me', 'incomplete', 5);
  assert.equal(Reflect.get(Reflect.get(ledger.view('web'), 'budget'), 'bad'), 1);
});

test('a budget that burns and one that is spent are told once, and its requests make way until there is budget again', () => {
  const { ledger, clock, told } = set();
  const account = ledger.account('web', OBJECTIVE);
  account.enter(1);
  for (let i = 0; i < 1_000; i += 1) account.ended('me', 'ok', 5);
  assert.equal(account.yields, false);
  for (let i = 0; i < 400; i += 1) {
    clock.advance(100);
    account.ended('me', 'error', 5);
  }
  // Slowly at first; then it is gone; then fast.
  const [burns, spent] = ['the error budget of a BFF burns', 'the error budget of a BFF is spent'];
  assert.deepEqual(told, [burns, spent, burns]);
  assert.equal(account.yields, true);
  clock.advance(31 * 86_400_000);
  account.ended('me', 'ok', 5);
  assert.deepEqual(told.slice(3), [
    'the error budget of a BFF no longer burns',
    'a BFF has an error budget again',
  ]);
  assert.equal(account.yields, false);
});

test('a reload with the same objective keeps the budget, another begins anew, and one that never serves changes nothing', () => {
  const { ledger } = set();
  const account = ledger.account('web', OBJECTIVE);
  account.enter(1);
  account.ended('me', 'error', 5);
  assert.equal(ledger.account('web', { ...OBJECTIVE }), account);
  const other = ledger.account('web', { ...OBJECTIVE, availability: 90 });
  const bad = (): unknown => Reflect.get(Reflect.get(ledger.view('web'), 'budget'), 'bad');
  assert.equal(bad(), 1);
  other.enter(2);
  assert.equal(bad(), 0);
  assert.deepEqual(ledger.view('nobody'), {});
});
