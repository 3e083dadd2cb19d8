import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noLogger } from '../core/log.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { PrimaryServer } from '../state/primary-server.ts';
import type { PrimaryCalls } from '../state/store.ts';
import { PrimaryLeases, PrimaryLimiter, serveLimits } from './primary-limits.ts';

/** The primary's operations without a process between: what goes is what JSON can say. */
function setUp() {
  const clock = new ManualClock();
  const server = new PrimaryServer({ clock, logger: noLogger });
  const operations = new Map<string, (argument: unknown) => unknown>();
  server.operation = (name, answer) => void operations.set(name, answer);
  serveLimits(server, { clock });
  const primary: PrimaryCalls = {
    callPrimary: async (name, argument) =>
      JSON.parse(JSON.stringify(operations.get(name)?.(JSON.parse(JSON.stringify(argument))) ?? null)),
  };
  return { clock, primary };
}

const spec = { name: 'p', capacity: 10, refillPerMs: 0.001 };
const key = ['plan', 'acme', '/x'];

test('exact draws of every algorithm, with all that is told of them', async () => {
  const limiter = new PrimaryLimiter(setUp().primary);
  const window = {
    name: 'w',
    algorithm: 'fixed-window',
    capacity: 2,
    refillPerMs: 0.001,
    windowMs: 2000,
  } as const;
  const checks = [
    { spec, key },
    { spec: window, key: ['window'] },
  ];
  assert.deepEqual(
    (await limiter.take(checks, 2)).map(({ allowed, remaining }) => [allowed, remaining]),
    [
      [true, 8],
      [true, 0],
    ],
  );
  assert.deepEqual(
    (await limiter.take(checks, 1)).map(({ allowed, remaining }) => [allowed, remaining]),
    [
      [true, 8],
      [false, 0],
    ],
  );
  const [never] = await limiter.take([{ spec, key }], 11);
  assert.equal(never?.retryAfterMs, Number.POSITIVE_INFINITY);
});

test('leases of token buckets', async () => {
  const leases = new PrimaryLeases(setUp().primary);
  const request = {
    holder: 'a',
    sequence: 1,
    lost: 0,
    known: 1e9,
    held: 0,
    back: 0,
    owed: 0,
    most: 1e9,
    need: 1,
    waiting: 0,
    ahead: 4,
    shares: 1,
  };
  assert.deepEqual(await leases.lease(spec, key, request), { granted: 1, ahead: 4, level: 5 });
});

test('what is of another shape is an error, not an admission', async () => {
  const broken: PrimaryCalls = { callPrimary: async () => null };
  await assert.rejects(new PrimaryLimiter(broken).take([{ spec, key }], 1));
  const request = {
    holder: 'a',
    sequence: 1,
    lost: 0,
    known: 1e9,
    held: 0,
    back: 0,
    owed: 0,
    most: 1e9,
    need: 1,
    waiting: 0,
    ahead: 4,
    shares: 1,
  };
  await assert.rejects(new PrimaryLeases(broken).lease(spec, key, request));
});
