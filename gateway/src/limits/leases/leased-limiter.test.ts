import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import { allAllowed } from '../decision.ts';
import type { LimitCheck, LimitSpec } from '../limiter.ts';
import { settleBy } from '../limits.ts';
import { MemoryLimiter } from '../memory-limiter.ts';
import { LeaseLedger } from '../testing/lease-ledger.ts';
import { LeasedLimiter } from './leased-limiter.ts';
import { LocalShares } from './local-shares.ts';

const plan: LimitSpec = { name: 'p', capacity: 1000, refillPerMs: 1 };
const check: LimitCheck = { spec: plan, key: ['plan', 'acme', '/x'] };
const small: LimitCheck = {
  spec: { name: 's', capacity: 2, refillPerMs: 0.001 },
  key: ['plan', 'acme', '/y'],
};

function setUp(nodes = 1) {
  const clock = new ManualClock();
  const ledger = new LeaseLedger(clock);
  const exact = new MemoryLimiter({ clock, meter: noMeter });
  const limiters = Array.from({ length: nodes }, (_, i) => start(`n${i}`));
  function start(holder: string): LeasedLimiter {
    const settle = settleBy(ledger, exact, holder);
    const local = new LocalShares({
      processes: () => nodes,
      settle,
      clock,
      logger: noLogger,
      meter: noMeter,
    });
    const options = { source: ledger, exact, local, mode: 'leased', holder, clock, meter: noMeter } as const;
    return new LeasedLimiter({ ...options, store: 'redis', maxBuckets: 100 });
  }
  const [limiter] = limiters;
  assert.ok(limiter);
  return { clock, ledger, exact, limiter, limiters, start };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A steady caller: so many draws, a millisecond apart. Tells how many were decided at once. */
async function draw(clock: ManualClock, limiter: LeasedLimiter, count: number) {
  let atOnce = 0;
  let admitted = 0;
  for (let i = 0; i < count; i += 1) {
    clock.advance(1);
    const taken = limiter.take([check], 1);
    if (!(taken instanceof Promise)) atOnce += 1;
    if (allAllowed(await taken)) admitted += 1;
    await turn();
  }
  return { atOnce, admitted };
}

test('the batch grows with the rate: most draws ask nobody, and the store is asked ahead', async () => {
  const { clock, ledger, limiter } = setUp();
  await draw(clock, limiter, 20);
  ledger.requests.length = 0;
  const { atOnce, admitted } = await draw(clock, limiter, 1000);
  assert.equal(admitted, 1000);
  assert.equal(atOnce, 1000);
  assert.ok(ledger.requests.length <= 20, `${ledger.requests.length} calls for 1,000 draws`);
});

test('a caller of one request a second is drawn exactly, and nothing is leased', async () => {
  const { clock, ledger, limiter } = setUp();
  for (let i = 0; i < 10; i += 1) {
    clock.advance(1000);
    await limiter.take([check], 1);
  }
  assert.equal(ledger.requests.length, 10);
  assert.ok(ledger.requests.every(({ ahead }) => ahead === 0));
});

test('what is left is told: the last word of the store, what came back since, and what is held', async () => {
  const { limiter, clock } = setUp();
  assert.equal((await limiter.take([small], 1))[0]?.remaining, 1);
  assert.equal((await limiter.take([small], 0))[0]?.remaining, 1);
  assert.equal((await limiter.take([small], 1))[0]?.remaining, 0);
  const refused = limiter.take([small], 1);
  assert.ok(!(refused instanceof Promise), 'the store said so a moment ago');
  assert.equal(refused[0]?.allowed, false);
  assert.equal(refused[0]?.retryAfterMs, 1000);
  clock.advance(1000);
  assert.equal((await limiter.take([small], 1))[0]?.allowed, true);
});

test('a thousand that come at once ask once, and as many pass as there are tokens', async () => {
  const { ledger, limiter } = setUp();
  const taken = await Promise.all(Array.from({ length: 3000 }, () => limiter.take([check], 1)));
  assert.equal(taken.filter(allAllowed).length, 1000);
  assert.equal(ledger.requests.length, 1);
});

test('a flood of refusals asks ten times a second', async () => {
  const { clock, ledger, limiter } = setUp();
  await limiter.take([small], 2);
  ledger.requests.length = 0;
  for (let i = 0; i < 900; i += 1) {
    clock.advance(1);
    assert.equal(allAllowed(await limiter.take([small], 1)), false);
  }
  assert.ok(ledger.requests.length <= 10, `${ledger.requests.length}`);
});

test('what is idle goes back, and so does everything at the end', async () => {
  const { clock, ledger, limiter } = setUp();
  const out = () =>
    [...ledger.bucket(plan, check.key).leases.values()].reduce((sum, { tokens }) => sum + tokens, 0);
  await draw(clock, limiter, 50);
  assert.ok(out() > 0);
  for (let i = 0; i < 4; i += 1) {
    clock.advance(250);
    await turn();
  }
  assert.equal(out(), 0);
  assert.equal(clock.pending, 0, 'nothing is swept where nothing is held');
  await draw(clock, limiter, 50);
  assert.ok(out() > 0);
  await limiter.close();
  assert.equal(out(), 0);
});

test('a lone caller at one process soon has all that another process does not use', async () => {
  const { clock, limiters } = setUp(2);
  const [here, there] = limiters;
  assert.ok(here && there);
  const few: LimitCheck = {
    spec: { name: 'f', capacity: 40, refillPerMs: 1 / 3_600_000 },
    key: ['plan', 'acme', '/z'],
  };
  const admitted = async (limiter: LeasedLimiter, draws: number): Promise<number> => {
    let count = 0;
    for (let i = 0; i < draws; i += 1) {
      clock.advance(1);
      if (allAllowed(await limiter.take([few], 1))) count += 1;
      await turn();
    }
    return count;
  };
  // Its caller leaves when it has leased more than it spends.
  const spent = await admitted(there, 10);
  assert.equal(spent, 10);
  const atOnce = await admitted(here, 40);
  for (let i = 0; i < 8; i += 1) {
    clock.advance(250);
    await turn();
  }
  const later = await admitted(here, 40);
  assert.equal(spent + atOnce + later, 40);
});

test('a lease in use is renewed; one that ended is not spent', async () => {
  const { clock, ledger, limiter } = setUp();
  await draw(clock, limiter, 50);
  ledger.isGone = true;
  clock.advance(1001);
  ledger.isGone = false;
  ledger.requests.length = 0;
  await limiter.take([check], 1);
  assert.equal(ledger.requests[0]?.held, 0);
});

test('several limits: none pays for a refusal by another, and what was gathered goes back', async () => {
  const { ledger, limiter } = setUp();
  const both = [check, small];
  for (let i = 0; i < 2; i += 1) assert.ok(allAllowed(await limiter.take(both, 1)));
  for (let i = 0; i < 50; i += 1) {
    const decisions = await limiter.take(both, 1);
    assert.deepEqual(
      decisions.map(({ allowed, spec }) => [allowed, spec.name]),
      [
        [true, 'p'],
        [false, 's'],
      ],
    );
  }
  await turn();
  await limiter.close();
  assert.equal(ledger.bucket(plan, check.key).tokens, 998);
  assert.equal(ledger.bucket(small.spec, small.key).tokens, 0);
});

test('limits that are exact or of another algorithm are drawn exactly, beside leased ones too', async () => {
  const { ledger, limiter } = setUp();
  const own: LimitCheck = { spec: { ...plan, capacity: 3, mode: 'exact' }, key: ['own'] };
  const windowed: LimitCheck = {
    spec: { name: 'w', algorithm: 'fixed-window', capacity: 2, refillPerMs: 1e-6, windowMs: 2e6 },
    key: ['window'],
  };
  assert.ok(allAllowed(await limiter.take([own], 1)));
  assert.equal(ledger.requests.length, 0);
  const mixed = [windowed, check, own];
  const names = (await limiter.take(mixed, 1)).map(({ spec }) => spec.name);
  assert.deepEqual(names, ['w', 'p', 'p']);
  assert.ok(allAllowed(await limiter.take(mixed, 1)));
  assert.ok(!allAllowed(await limiter.take(mixed, 1)));
  await turn();
  await limiter.close();
  assert.equal(ledger.bucket(plan, check.key).tokens, 998);
});

test('without the store leases are spent, then shares; what was admitted is settled when it is back', async () => {
  const { clock, ledger, limiter } = setUp(4);
  const tight: LimitCheck = { spec: { name: 't', capacity: 80, refillPerMs: 1e-9 }, key: ['tight'] };
  const admit = async (count: number) => {
    const taken = await Promise.all(Array.from({ length: count }, () => limiter.take([tight], 1)));
    return taken.filter(allAllowed).length;
  };
  assert.equal(await admit(40), 40);
  ledger.isGone = true;
  assert.equal(await admit(40), 10);
  ledger.isGone = false;
  assert.equal(await admit(1), 0, 'its share alone until the others have told what they owe');
  for (let i = 0; i < 12; i += 1) {
    clock.advance(50);
    await turn();
  }
  assert.equal(await admit(1), 1);
  await limiter.close();
  assert.equal(Math.round(ledger.bucket(tight.spec, tight.key).tokens), 29);
});

test('a limit that is named twice is paid twice', async () => {
  const { clock, limiter } = setUp();
  const tight: LimitCheck = { spec: { name: 't', capacity: 11, refillPerMs: 1e-9 }, key: ['tight'] };
  for (let i = 0; i < 5; i += 1) {
    clock.advance(10);
    assert.ok(allAllowed(await limiter.take([tight, tight], 1)));
  }
  assert.ok(!allAllowed(await limiter.take([tight, tight], 1)));
  await turn();
  assert.ok(allAllowed(await limiter.take([tight], 1)));
});

test('a flood of callers keeps the bound, and drops nobody who waits', async () => {
  const { limiter } = setUp();
  const all = await Promise.all(
    Array.from({ length: 500 }, (_, i) => limiter.take([{ spec: plan, key: ['plan', `c${i}`] }], 1)),
  );
  assert.ok(all.every(allAllowed));
  assert.equal(limiter.size, 100);
});

test('any nodes, draws, pauses, deaths, replies lost: never more than capacity and refill in any time', async () => {
  const spec: LimitSpec = { name: 'p', capacity: 60, refillPerMs: 0.05 };
  const one: LimitCheck = { spec, key: ['one'] };
  const step = fc.record({
    waitMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 1600 })),
    node: fc.integer({ min: 0, max: 2 }),
    burst: fc.integer({ min: 1, max: 40 }),
    cost: fc.constantFrom(1, 1, 1, 3),
    event: fc.oneof(
      { weight: 9, arbitrary: fc.constant('none') },
      { weight: 1, arbitrary: fc.constant('killed') },
    ),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { clock, limiters, start } = setUp(3);
      let judge = spec.capacity;
      let judgedAt = 0;
      let kills = 0;
      for (const { waitMs, node, burst, cost, event } of steps) {
        clock.advance(waitMs);
        await turn();
        const limiter = limiters[node];
        assert.ok(limiter);
        if (event === 'killed') {
          kills += 1;
          limiters[node] = start(`again ${kills}`);
          continue;
        }
        const taken = await Promise.all(Array.from({ length: burst }, () => limiter.take([one], cost)));
        judge = Math.min(spec.capacity, judge + (clock.now() - judgedAt) * spec.refillPerMs);
        judgedAt = clock.now();
        judge -= cost * taken.filter(allAllowed).length;
        assert.ok(judge >= -1e-6, `${-judge} too many`);
      }
    }),
    { numRuns: 60 },
  );
});
