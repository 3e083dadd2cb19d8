import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { storeGone } from '../state/store.ts';
import { allAllowed } from './decision.ts';
import { FallbackLimiter } from './fallback-limiter.ts';
import { LocalShares } from './leases/local-shares.ts';
import type { Settle } from './leases/settlement.ts';
import type { Limiter } from './limiter.ts';
import { MemoryLimiter } from './memory-limiter.ts';
import { CountingMeter } from './testing/counting-meter.ts';

const plan = { name: 'partner', capacity: 100, refillPerMs: 0.01 };
const check = (who = 'acme') => ({ spec: plan, key: ['plan.partner.c', who, '/x'] });

function setUp(processes = 1) {
  const clock = new ManualClock();
  const meter = new CountingMeter();
  const messages: string[] = [];
  const log = (_fields: object, message: string) => void messages.push(message);
  const memory = new MemoryLimiter({ clock, meter: noMeter });
  const state: { error: Error | undefined } = { error: undefined };
  const shared: Limiter = {
    take: (checks, tokens) => (state.error ? Promise.reject(state.error) : memory.take(checks, tokens)),
  };
  const logger = { debug: log, info: log, warn: log, error: log };
  const settle: Settle = async (told, { owed }) => {
    if (state.error) throw state.error;
    return memory.take([told], owed)[0]?.remaining ?? 0;
  };
  const local = new LocalShares({ processes: () => processes, settle, clock, logger, meter });
  const limiter = new FallbackLimiter({ shared, local, meter, store: 'redis' });
  const admit = async (count: number, tokens = 1) => {
    let admitted = 0;
    for (let i = 0; i < count; i += 1) if (allAllowed(await limiter.take([check()], tokens))) admitted += 1;
    return admitted;
  };
  /** The store answers again, and what is owed is settled. */
  const back = async () => {
    state.error = undefined;
    for (let i = 0; i < 14; i += 1) {
      clock.advance(50);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { clock, meter, messages, limiter, state, admit, back };
}

test('while the store answers, it decides', async () => {
  const { admit, meter } = setUp();
  assert.equal(await admit(120), 100);
  assert.equal(meter.value('frontdesk_limit_decisions_total', 'redis', 'allowed'), 100);
  assert.equal(meter.value('frontdesk_limit_decisions_total', 'redis', 'refused'), 20);
  assert.equal(meter.value('frontdesk_limit_fallbacks_total'), 0);
});

test('when it is gone, the last remainder is divided by the processes', async () => {
  const { admit, state, meter } = setUp(4);
  assert.equal(await admit(60), 60);
  state.error = storeGone('test');
  assert.equal(await admit(60), 10, '40 were left, a quarter of them is ours');
  assert.equal(meter.value('frontdesk_limit_fallbacks_total'), 60);
  assert.equal(meter.value('frontdesk_limit_decisions_total', 'local', 'allowed'), 10);
});

test('the local bucket refills at its share of the rate, the time before the outage at the whole', async () => {
  const { admit, state, clock } = setUp(4);
  assert.equal(await admit(100), 100);
  clock.advance(4000);
  state.error = storeGone('test');
  assert.equal(await admit(20), 10, '40 came back for all four');
  clock.advance(4000);
  assert.equal(await admit(20), 10, '0.01 × 4000 / 4');
});

test('a bucket that nobody saw before starts with its share of the capacity', async () => {
  const { admit, state } = setUp(4);
  state.error = storeGone('test');
  assert.equal(await admit(100), 25);
});

test('an outage that comes and goes gives no fresh burst', async () => {
  const { admit, state, back } = setUp(2);
  assert.equal(await admit(90), 90);
  state.error = storeGone('test');
  assert.equal(await admit(50), 5);
  state.error = undefined;
  assert.equal(await admit(50), 0, 'it answers, and the others have not told it yet');
  await back();
  assert.equal(await admit(50), 12, 'what Redis remembers, less what it was told of, and 7 that came back');
  state.error = storeGone('test');
  assert.equal(await admit(50), 0);
});

test('a cost above one share but within the plan is taken as a debt', async () => {
  const { admit, state, clock } = setUp(4);
  state.error = storeGone('test');
  assert.equal(await admit(2, 60), 1);
  assert.equal(await admit(1), 0);
  clock.advance(12_000);
  assert.equal(await admit(1), 0, '35 tokens of debt at 0.0025 a millisecond take 14 s');
  clock.advance(3000);
  assert.equal(await admit(1), 1);
  assert.equal(await admit(1, 101), 0, 'above the plan itself there is no way');
});

test('every error of the store leads to a decision, and the log tells the edges alone', async () => {
  const { admit, state, messages, back } = setUp();
  for (const text of ['READONLY You can', 'OOM command', 'BUSY Redis', 'NOSCRIPT No', 'LOADING']) {
    state.error = new Error(text);
    assert.equal(await admit(1), 1);
  }
  await back();
  await admit(3);
  assert.deepEqual(messages, ['limits are decided locally', 'limits are shared again']);
});
