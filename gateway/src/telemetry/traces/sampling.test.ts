import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRange } from '../../core/ip-address.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { headSampler, isTaken, SpanBudget, slowness } from './sampling.ts';

const traceId = fc.stringMatching(/^[0-9a-f]{32}$/);
const share = fc.double({ min: 0, max: 1, noNaN: true });

test('what a share takes, every larger share takes too, whoever decides', () => {
  fc.assert(
    fc.property(traceId, share, share, (id, a, b) => {
      const [less, more] = a <= b ? [a, b] : [b, a];
      if (isTaken(id, less)) assert.ok(isTaken(id, more));
    }),
  );
});

test('the decision is that of the specification: the rightmost 56 bits against the rejection threshold', () => {
  fc.assert(
    fc.property(traceId, fc.integer({ min: 0, max: 4096 }), (id, part) => {
      // Shares of 1/4096 have a threshold without digits that are lost.
      const threshold = (4096n - BigInt(part)) << 44n;
      assert.equal(isTaken(id, part / 4096), (BigInt(`0x${id}`) & ((1n << 56n) - 1n)) >= threshold);
    }),
  );
});

test('the digits before the last fourteen mean nothing', () => {
  fc.assert(
    fc.property(traceId, traceId, share, (a, b, ratio) => {
      assert.equal(isTaken(a, ratio), isTaken(b.slice(0, 18) + a.slice(18), ratio));
    }),
  );
});

test('a share takes as many as it says', () => {
  let taken = 0;
  // A sequence that fills the range evenly.
  for (let i = 0; i < 10_000; i += 1) {
    const digits = Math.floor(((i * 0.618_033_988_749) % 1) * 2 ** 48)
      .toString(16)
      .padStart(12, '0');
    if (isTaken(`${'0'.repeat(18)}${digits}00`, 0.01)) taken += 1;
  }
  assert.ok(taken >= 98 && taken <= 102, `${taken} of 10,000`);
});

const LOW = '0'.repeat(31).concat('1');
const HIGH = 'f'.repeat(32);

test('a caller’s decision counts where it is said to, and of nobody else', () => {
  const ignoring = headSampler({ ratio: 0.5, parent: 'ignore' });
  assert.equal(ignoring(LOW, true, '10.0.0.1'), false);
  assert.equal(ignoring(HIGH, false, '10.0.0.1'), true);
  const following = headSampler({ ratio: 0.5, parent: 'follow' });
  assert.equal(following(LOW, true, '10.0.0.1'), true);
  assert.equal(following(HIGH, false, '10.0.0.1'), false);
  assert.equal(following(HIGH, undefined, '10.0.0.1'), true);
  const range = parseRange('10.0.0.0/8');
  assert.ok(range);
  const trusting = headSampler({ ratio: 0.5, parent: [range] });
  assert.equal(trusting(LOW, true, '10.0.0.1'), true);
  assert.equal(trusting(LOW, true, '192.0.2.1'), false);
  assert.equal(trusting(LOW, true, 'unknown'), false);
});

test('slow is beyond a duration, or beyond a part of the deadline', () => {
  assert.equal(slowness(1_000)(1_000, 0), false);
  assert.equal(slowness(1_000)(1_001, 0), true);
  const late = slowness({ ofDeadline: 0.8 });
  assert.equal(late(799, 201), false);
  assert.equal(late(801, 199), true);
  assert.equal(late(5_000, Number.POSITIVE_INFINITY), false);
  assert.equal(slowness('off')(1e9, 0), false);
});

test('whatever comes, no more spans are kept than a second and the time since allow, but for the last trace', () => {
  const arrival = fc.record({
    waitMs: fc.integer({ min: 0, max: 500 }),
    spans: fc.integer({ min: 1, max: 40 }),
  });
  fc.assert(
    fc.property(fc.array(arrival, { maxLength: 200 }), (arrivals) => {
      const clock = new ManualClock();
      const budget = new SpanBudget(100, clock);
      const began = clock.now();
      let kept = 0;
      for (const { waitMs, spans } of arrivals) {
        clock.advance(waitMs);
        if (budget.take(spans)) kept += spans;
        assert.ok(kept <= 100 + ((clock.now() - began) / 1_000) * 100 + 40);
      }
    }),
  );
});

test('a trace that comes when there is room is always kept: errors too, as long as they are no storm', () => {
  const clock = new ManualClock();
  const budget = new SpanBudget(100, clock);
  for (let i = 0; i < 100; i += 1) {
    assert.equal(budget.take(5), true);
    clock.advance(50);
  }
});
