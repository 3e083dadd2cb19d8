import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { noMeter } from '../core/meter.ts';
import { FailureBuckets, failuresConfig } from './failure-buckets.ts';

function setUp(config: unknown = { burst: 3, perSecond: 1 }, maxAddresses = 100) {
  const clock = new ManualClock();
  const warnings: object[] = [];
  const logger = { ...noLogger, warn: (fields: object) => void warnings.push(fields) };
  const buckets = new FailureBuckets({ clock, logger, meter: noMeter, maxAddresses });
  buckets.configure(failuresConfig.parse(config));
  const fail = (address: string, times: number) => {
    for (let i = 0; i < times; i += 1) buckets.fail(address);
  };
  return { clock, warnings, buckets, fail };
}

test('twenty at once and one a second by default', () => {
  assert.deepEqual(failuresConfig.parse(undefined), { burst: 20, perSecond: 1 });
});

test('an address with no failure left is refused until it has one again; others are not', () => {
  const { clock, warnings, buckets, fail } = setUp();
  fail('192.0.2.1', 2);
  assert.equal(buckets.refusal('192.0.2.1'), undefined);
  fail('192.0.2.1', 1);
  const refusal = buckets.refusal('192.0.2.1');
  assert.deepEqual([refusal?.code, refusal?.retryAfterS], ['rate_limited', 1]);
  assert.equal(buckets.refusal('192.0.2.2'), undefined);
  assert.deepEqual(warnings, [{ address: '192.0.2.1' }]);
  clock.advance(1000);
  assert.equal(buckets.refusal('192.0.2.1'), undefined);
  fail('192.0.2.1', 1);
  assert.equal(buckets.refusal('192.0.2.1')?.retryAfterS, 1);
  clock.advance(3000);
  assert.equal(buckets.refusal('192.0.2.1'), undefined);
  assert.equal(buckets.size, 0, 'who is even again is forgotten');
});

test('a host has a whole /64 of IPv6, and one address of IPv4 however it is written', () => {
  const { buckets, fail } = setUp();
  fail('2001:db8:1:2::1', 1);
  fail('2001:db8:1:2:ffff::9', 2);
  assert.ok(buckets.refusal('2001:db8:1:2::77'));
  assert.equal(buckets.refusal('2001:db8:1:3::1'), undefined);
});

test('failures together may exceed the burst, and cost no more than it', () => {
  const { clock, buckets, fail } = setUp();
  fail('a', 100);
  clock.advance(1000);
  assert.equal(buckets.refusal('a'), undefined);
});

test('never more than burst and rate allow, for any pattern', () => {
  const steps = fc.array(
    fc.record({ waitMs: fc.integer({ min: 0, max: 3000 }), tries: fc.integer({ min: 1, max: 5 }) }),
  );
  fc.assert(
    fc.property(steps, (pattern) => {
      const { clock, buckets } = setUp();
      let [looked, elapsed] = [0, 0];
      for (const { waitMs, tries } of pattern) {
        clock.advance(waitMs);
        elapsed += waitMs;
        for (let i = 0; i < tries; i += 1) {
          if (buckets.refusal('a')) continue;
          looked += 1;
          buckets.fail('a');
        }
      }
      assert.ok(looked <= 3 + elapsed / 1000 + 1e-6);
    }),
  );
});

test('a flood of addresses costs bounded memory, and the worst stay', () => {
  const { buckets, fail } = setUp();
  fail('worst', 3);
  for (let i = 0; i < 1000; i += 1) fail(`10.0.${i >> 8}.${i & 255}`, 1);
  assert.equal(buckets.size, 100);
  assert.ok(buckets.refusal('worst'));
});

test('unlimited keeps nothing', () => {
  const { buckets, fail } = setUp('unlimited');
  fail('a', 100);
  assert.equal(buckets.refusal('a'), undefined);
  assert.equal(buckets.size, 0);
});
