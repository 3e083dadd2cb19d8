import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { RollingRestart } from './rolling-restart.ts';

function setUp(broken?: number) {
  const log: string[] = [];
  const slots = [1, 2, 3].map((number) => ({
    number,
    restart: async () => {
      log.push(`begin ${number}`);
      await new Promise(setImmediate);
      if (number === broken) throw new Error('it was not ready');
      log.push(`end ${number}`);
    },
  }));
  return { log, rolling: new RollingRestart(slots, { clock: new ManualClock(), logger: noLogger }) };
}

test('one after the other, or one alone', async () => {
  const { log, rolling } = setUp();
  const all = rolling.restart();
  assert.equal(rolling.isUnderWay, true);
  await assert.rejects(rolling.restart(), /under way/);
  await all;
  assert.deepEqual(log, ['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
  await rolling.restart(2);
  assert.deepEqual(log.slice(6), ['begin 2', 'end 2']);
  await assert.rejects(rolling.restart(4), /no worker 4/);
});

test('the first that fails ends it, and is named', async () => {
  const { log, rolling } = setUp(2);
  await assert.rejects(rolling.restart(), /worker 2: it was not ready/);
  assert.deepEqual(log, ['begin 1', 'end 1', 'begin 2']);
  assert.match(
    JSON.stringify(rolling.view),
    /"underWay":\[\],"last":\{.*"restarted":\[1\],"fault":"worker 2/,
  );
});
