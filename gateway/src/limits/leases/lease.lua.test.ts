import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { RedisStore } from '../../state/redis.ts';
import { defineScript } from '../../state/store.ts';
import { skipWithoutServer, startStore } from '../../state/testing/redis-server.ts';
import { leaseScript } from './lease.lua.ts';
import { LEASE_KEPT_MS, type LeasedLevel, settleLease } from './lease.ts';

const spec = { name: 'p', capacity: 50, refillPerMs: 0.037 };

describe('the lease script', { skip: skipWithoutServer }, () => {
  let store: RedisStore;
  let stop: () => Promise<void>;
  before(async () => {
    ({ store, stop } = await startStore());
  });
  after(() => stop());

  test('it settles as the arithmetic does, on any clock, backwards too', async () => {
    // The same script, but for its clock: it comes as the last argument.
    const script = defineScript(
      leaseScript.source
        .replace("local time = redis.call('TIME')\n", '')
        .replace(/local clock = .*\n/, 'local clock = tonumber(ARGV[#ARGV])\n'),
    );
    const amount = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 }));
    const step = fc.record({
      byMs: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: -3000, max: 5000 })),
      holder: fc.constantFrom('a', 'b', 'c'),
      late: fc.integer({ min: 0, max: 9 }),
      unheard: fc.integer({ min: 0, max: 9 }),
      held: amount,
      back: amount,
      owed: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: amount }),
      most: fc.double({ min: -20, max: 50, noNaN: true }),
      known: fc.double({ min: -20, max: 50, noNaN: true }),
      need: fc.integer({ min: 0, max: 3 }),
      waiting: amount,
      ahead: amount,
      shares: fc.integer({ min: 1, max: 4 }),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
        run += 1;
        // Redis gives up leases by its own clock, which does not move here.
        let clockMs = 100_000;
        let sequence = 100;
        let isKept = false;
        let model: LeasedLevel | undefined;
        for (const { byMs, late, unheard, ...asked } of steps) {
          clockMs += byMs;
          sequence += 1;
          const lost = unheard === 0 ? sequence - 1 : 0;
          const request = {
            ...asked,
            lost,
            sequence: late === 0 ? sequence - 5 : sequence,
          };
          model ??= { tokens: Math.min(spec.capacity, request.known), atMs: clockMs, leases: new Map() };
          const expected = settleLease(model, spec, request, clockMs);
          // A level that nothing was drawn from is not kept.
          isKept ||=
            request.known < spec.capacity ||
            expected.granted + expected.ahead + request.held + request.owed > 0;
          if (!isKept) model = undefined;
          const { holder, held, back, owed, need, waiting, ahead, shares, known, most } = request;
          const reply = await store.run(
            script,
            [`test:{${run}}`, `test:{${run}}:leases`],
            [
              ...[spec.capacity, spec.refillPerMs, LEASE_KEPT_MS, holder, request.sequence, held, back],
              ...[owed, need, waiting, ahead, shares, lost, known, most, clockMs],
            ],
          );
          assert.ok(Array.isArray(reply));
          const [granted, leased, level] = reply.map(Number);
          assert.deepEqual([granted, leased], [expected.granted, expected.ahead]);
          assert.ok(
            Math.abs((level ?? Number.NaN) - expected.level) < 1e-6,
            `${level} and ${expected.level}`,
          );
        }
      }),
      { numRuns: 60 },
    );
  });
});
