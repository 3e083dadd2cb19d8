import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LEASE_KEPT_MS, type LeasedLevel, type LeaseRequest, settleLease } from './lease.ts';

const spec = { name: 'p', capacity: 100, refillPerMs: 0.1 };

function bucket(): LeasedLevel {
  return { tokens: spec.capacity, atMs: 0, leases: new Map() };
}

let sequence = 0;
function asking(parts: Partial<LeaseRequest>): LeaseRequest {
  sequence += 1;
  const nothing = {
    lost: 0,
    known: 1e9,
    held: 0,
    back: 0,
    owed: 0,
    most: 1e9,
    need: 0,
    waiting: 0,
    ahead: 0,
    shares: 1,
  };
  return { holder: 'a', sequence, ...nothing, ...parts };
}

test('what one waits for comes as far as it is there, what is wished for beyond is shared', () => {
  const level = bucket();
  assert.deepEqual(settleLease(level, spec, asking({ need: 1, waiting: 9, ahead: 80 }), 0), {
    granted: 10,
    ahead: 45,
    level: 45,
  });
  const other = asking({ holder: 'b', need: 40, waiting: 10, ahead: 80, shares: 2 });
  assert.deepEqual(settleLease(level, spec, other, 0), { granted: 45, ahead: 0, level: 0 });
  assert.deepEqual(settleLease(level, spec, asking({ held: 45, need: 1 }), 0), {
    granted: 0,
    ahead: 0,
    level: 0,
  });
});

test('while a lease is out the bucket fills up to its capacity less the lease; afterwards it fills at its rate', () => {
  const level = bucket();
  assert.equal(settleLease(level, spec, asking({ ahead: 40 }), 0).ahead, 40);
  const peek = asking({ holder: 'b' });
  assert.equal(settleLease(level, spec, peek, LEASE_KEPT_MS - 1).level, 60);
  // Nobody gave it back: its holder is dead.
  assert.equal(settleLease(level, spec, asking({ holder: 'b' }), LEASE_KEPT_MS + 100).level, 70);
  assert.equal(settleLease(level, spec, asking({ holder: 'b' }), LEASE_KEPT_MS + 1000).level, 100);
});

test('what comes back is there again; a call that comes late changes nothing', () => {
  const level = bucket();
  settleLease(level, spec, asking({ ahead: 40 }), 0);
  const late = asking({ held: 40, ahead: 10 });
  assert.equal(settleLease(level, spec, asking({ held: 10, back: 30 }), 1).level, 90);
  assert.deepEqual(settleLease(level, spec, late, 2), { granted: 0, ahead: 0, level: 90 });
  assert.equal(level.leases.get('a')?.tokens, 10);
});

test('what a reply would have brought that never came is back; a settled one is not given back twice', () => {
  const level = bucket();
  const unheard = asking({ need: 10, ahead: 20 });
  settleLease(level, spec, unheard, 0);
  const next = asking({ lost: unheard.sequence, need: 5 });
  assert.equal(settleLease(level, spec, next, 0).level, 95);
  assert.equal(settleLease(level, spec, asking({ lost: unheard.sequence, need: 5 }), 0).level, 90);
});

test('what was admitted without the store is drawn afterwards, down to a whole capacity', () => {
  const level = bucket();
  assert.equal(settleLease(level, spec, asking({ owed: 30 }), 0).level, 70);
  assert.equal(settleLease(level, spec, asking({ owed: 1000 }), 0).level, -100);
});

/** A holder that does what it may: spends of its lease while it lasts, tells truly what it keeps. */
interface Holder {
  held: number;
  untilMs: number;
}

test('however holders lease, spend, pause, die: never more in any time than the capacity and the refill', () => {
  const step = fc.record({
    waitMs: fc.integer({ min: 0, max: 1500 }),
    who: fc.integer({ min: 0, max: 2 }),
    need: fc.integer({ min: 0, max: 4 }),
    waiting: fc.integer({ min: 0, max: 30 }),
    ahead: fc.integer({ min: 0, max: 120 }),
    backShare: fc.constantFrom(0, 0, 0.5, 1),
    spendShare: fc.constantFrom(0, 0.3, 1),
    dies: fc.boolean(),
    lost: fc.integer({ min: 0, max: 9 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const level = bucket();
      const holders: Holder[] = [0, 1, 2].map(() => ({ held: 0, untilMs: 0 }));
      const unheard = [0, 0, 0];
      let nowMs = 0;
      // The plainest bound: a bucket of the same capacity and rate that every admission is drawn from.
      let judge = spec.capacity;
      const admit = (tokens: number): void => {
        judge -= tokens;
        assert.ok(judge >= -1e-6, `${-judge} too many at ${nowMs}`);
      };
      for (const { waitMs, who, need, waiting, ahead, backShare, spendShare, dies, lost } of steps) {
        nowMs += waitMs;
        judge = Math.min(spec.capacity, judge + waitMs * spec.refillPerMs);
        const holder = holders[who];
        assert.ok(holder);
        if (nowMs >= holder.untilMs) holder.held = 0;
        const spent = Math.floor(holder.held * spendShare);
        admit(spent);
        holder.held -= spent;
        if (dies) holder.held = 0;
        const back = Math.floor(holder.held * backShare);
        holder.held -= back;
        const request = asking({
          holder: `h${who}`,
          held: holder.held,
          back,
          need,
          waiting,
          ahead,
          shares: 2,
          known: 1e9,
          lost: unheard[who] ?? 0,
        });
        const reply = settleLease(level, spec, request, nowMs);
        if (lost === 0) {
          unheard[who] = request.sequence;
          continue;
        }
        unheard[who] = 0;
        admit(reply.granted);
        holder.held += reply.ahead;
        holder.untilMs = nowMs + 1000;
      }
    }),
    { numRuns: 500 },
  );
});
