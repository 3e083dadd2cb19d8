import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decisionCounter } from './decision-meter.ts';
import { CountingMeter } from './testing/counting-meter.ts';

test('decisions are counted by store and outcome', () => {
  const meter = new CountingMeter();
  const count = decisionCounter(meter, 'redis');
  count(true);
  count(true);
  count(false);
  assert.equal(meter.value('frontdesk_limit_decisions_total', 'redis', 'allowed'), 2);
  assert.equal(meter.value('frontdesk_limit_decisions_total', 'redis', 'refused'), 1);
});
