import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TokenBucketSpec } from '../limiter.ts';
import { type Instant, type Outage, type Run, runOf, TICK_MS } from '../testing/outage.ts';

const ALLOWED = 1.1;

/** The instant at which most were admitted beyond what is allowed, against capacity + rate × time. */
function worst(instants: readonly Instant[], spec: TokenBucketSpec) {
  let found = { share: 0, text: '' };
  for (const { atMs, admitted } of instants) {
    const bound = spec.capacity + spec.refillPerMs * atMs;
    if (admitted / bound > found.share) {
      found = { share: admitted / bound, text: `${admitted} of ${bound.toFixed(0)} at ${atMs} ms` };
    }
  }
  return found;
}

const outage: fc.Arbitrary<Outage> = fc.record({
  atMs: fc.integer({ min: 0, max: 300 }).map((ticks) => ticks * TICK_MS),
  forMs: fc.integer({ min: 5, max: 1500 }),
  kind: fc.constantFrom('killed', 'paused', 'refusing', 'emptied'),
  laterMs: fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 4, maxLength: 4 }),
});

const anyRun: fc.Arbitrary<Run> = fc.record({
  spec: fc.record({
    name: fc.constant('p'),
    capacity: fc.constantFrom(50, 200, 1000),
    refillPerMs: fc.constantFrom(0.05, 0.2, 1),
  }),
  mode: fc.constantFrom('leased', 'exact'),
  demand: fc.array(fc.constantFrom(0, 1, 2, 5), { minLength: 1, maxLength: 4 }),
  outages: fc.array(outage, { minLength: 1, maxLength: 2 }),
  forMs: fc.constant(2500),
});

test('any outages of 1 to 4 nodes: at most a tenth more than capacity + rate × time, at any instant', async () => {
  await fc.assert(
    fc.asyncProperty(anyRun, async (run) => {
      const { share, text } = worst(await runOf(run), run.spec);
      assert.ok(share <= ALLOWED, text);
    }),
    { numRuns: 60 },
  );
});
