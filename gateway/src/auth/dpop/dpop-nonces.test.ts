import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { DpopNonces } from './dpop-nonces.ts';

const secret = 's'.repeat(32);
const rotationMs = 60_000;

function atPeriodStart(): ManualClock {
  const clock = new ManualClock();
  clock.advance(rotationMs - (clock.wall() % rotationMs));
  return clock;
}

test('a nonce is the newest for a period and good for another, to the millisecond', () => {
  const clock = atPeriodStart();
  const nonces = new DpopNonces({ secret, rotationMs, clock });
  const nonce = nonces.current();
  const until = clock.wall() + 2 * rotationMs;
  assert.deepEqual(nonces.find(nonce), { until, isOld: false });
  clock.advance(rotationMs - 1);
  assert.equal(nonces.current(), nonce);
  assert.deepEqual(nonces.find(nonce), { until, isOld: false });
  clock.advance(1);
  assert.notEqual(nonces.current(), nonce);
  assert.deepEqual(nonces.find(nonce), { until, isOld: true });
  clock.advance(rotationMs - 1);
  assert.deepEqual(nonces.find(nonce), { until, isOld: true });
  clock.advance(1);
  assert.equal(nonces.find(nonce), undefined);
});

test('nodes with one secret take each other’s, though one clock goes ahead; others take none', () => {
  const clock = atPeriodStart();
  const ahead = atPeriodStart();
  ahead.advance(rotationMs);
  const nonces = new DpopNonces({ secret, rotationMs, clock });
  const given = new DpopNonces({ secret, rotationMs, clock: ahead }).current();
  assert.equal(nonces.find(given)?.isOld, false);
  const other = new DpopNonces({ secret: 't'.repeat(32), rotationMs, clock }).current();
  for (const wrong of [other, '', nonces.current().slice(1), `${nonces.current()}A`, 'é'.repeat(24)]) {
    assert.equal(nonces.find(wrong), undefined);
  }
});
