import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { noMeter } from '../../core/meter.ts';
import type { EndpointSpec } from '../endpoints/target.ts';
import { addressesConfig } from './address-guard.ts';
import { DiscoveredSet, type DiscoverySettings } from './discovered-set.ts';
import { discoveryMetrics } from './metrics.ts';
import type { DiscoveryFollower, DiscoverySource } from './source.ts';

const settings: DiscoverySettings = {
  startWithin: 5_000,
  allowEmpty: false,
  maxStale: undefined,
  maxEndpoints: 1_000,
  addresses: addressesConfig.parse({}),
};

function spec(address: string, more: Partial<EndpointSpec> = {}): EndpointSpec {
  return { url: 'http://users.test:80', address, weight: 1, ...more };
}

/** A set over a source that the test speaks for. */
function rig(more: Partial<DiscoverySettings> = {}, guarded = true) {
  const clock = new ManualClock();
  const lines: [level: string, message: string][] = [];
  const levels = ['debug', 'info', 'warn', 'error'] as const;
  const [debug, info, warn, error] = levels.map((level) => (_: object, message: string) => {
    lines.push([level, message]);
  });
  assert.ok(debug && info && warn && error);
  const counts = { updates: 0, failures: 0, age: 0, endpoints: 0, refused: 0 };
  let follower: DiscoveryFollower | undefined;
  let breakOff: ((error: Error) => void) | undefined;
  let follows = 0;
  const source: DiscoverySource = {
    name: 'test users',
    longestBackoffMs: 30_000,
    guarded,
    follow: (to, signal) => {
      follows += 1;
      follower = to;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      breakOff = reject;
      signal.addEventListener('abort', () => resolve());
      return promise;
    },
  };
  const set = new DiscoveredSet({
    source,
    settings: { ...settings, ...more },
    clock,
    random: () => 1,
    metrics: {
      ...discoveryMetrics(noMeter),
      updates: () => {
        counts.updates += 1;
      },
      failures: (value) => {
        counts.failures += value;
      },
      age: (value) => {
        counts.age = value;
      },
      endpoints: (value) => {
        counts.endpoints = value;
      },
      refused: (value) => {
        counts.refused = value;
      },
    },
    logger: { debug, info, warn, error },
  });
  const told: string[][] = [];
  set.subscribe((specs) => told.push(specs.map(({ address, url }) => address ?? url)));
  return {
    set,
    clock,
    lines,
    told,
    counts,
    get source() {
      return follower ?? assert.fail('nobody follows');
    },
    get follows() {
      return follows;
    },
    /** The connection to the registry breaks. */
    fail: async (reason: string) => {
      breakOff?.(new Error(reason));
      await new Promise(setImmediate);
    },
  };
}

test('a set is told of when it changes, in one order whatever the registry’s', async () => {
  const { set, source, told, counts, lines } = rig();
  source.found([spec('10.0.0.2'), spec('10.0.0.1')]);
  source.found([spec('10.0.0.1'), spec('10.0.0.2'), spec('10.0.0.1')]);
  source.found([spec('10.0.0.1'), spec('10.0.0.2', { weight: 2 })]);
  assert.deepEqual(told, [
    ['10.0.0.1', '10.0.0.2'],
    ['10.0.0.1', '10.0.0.2'],
  ]);
  assert.equal(counts.updates, 2);
  assert.deepEqual(lines, [
    ['info', 'endpoints changed'],
    ['info', 'endpoints changed'],
  ]);
  await set.close();
});

test('a registry that is gone, empty or talks nonsense keeps the last good set', async () => {
  const rigged = rig();
  const { set, told, clock, counts } = rigged;
  rigged.source.found([spec('10.0.0.1')]);
  rigged.source.found([]);
  rigged.source.found([], ['a thing of no use']);
  rigged.source.failed('half a file');
  await rigged.fail('ECONNREFUSED');
  clock.advance(3_600_000);
  assert.deepEqual(told, [['10.0.0.1']]);
  assert.equal(set.endpoints?.length, 1);
  assert.equal(counts.failures, 4);
  set.measure();
  assert.equal(counts.age, 3_600);
  const { state, reason, endpoints } = set.view;
  assert.deepEqual({ state, reason, endpoints }, { state: 'failing', reason: 'ECONNREFUSED', endpoints: 1 });
  await new Promise(setImmediate);
  rigged.source.found([spec('10.0.0.1')]);
  assert.equal(set.view.state, 'following');
  set.measure();
  assert.equal(counts.age, 0);
  assert.ok(rigged.lines.some(([, message]) => message === 'discovery works again'));
  await set.close();
});

test('an empty set is believed where the configuration says so; one that was refused whole never is', async () => {
  const { set, source, told } = rig({ allowEmpty: true });
  source.found([spec('10.0.0.1')]);
  source.found([spec('127.0.0.1')]);
  assert.equal(set.view.state, 'failing');
  source.found([]);
  assert.deepEqual(told, [['10.0.0.1'], []]);
  assert.equal(set.view.state, 'following');
  await set.close();
});

test('what nobody confirms for too long is given up, and comes back with the registry', async () => {
  const rigged = rig({ maxStale: 60_000 });
  const { set, told, clock } = rigged;
  rigged.source.found([spec('10.0.0.1')]);
  clock.advance(50_000);
  rigged.source.confirmed();
  rigged.source.failed('gone');
  clock.advance(59_999);
  rigged.source.failed('gone');
  assert.equal(told.length, 1);
  clock.advance(1);
  assert.deepEqual(told, [['10.0.0.1'], []]);
  assert.ok(rigged.lines.some(([level]) => level === 'error'));
  rigged.source.found([spec('10.0.0.1')]);
  assert.deepEqual(told.at(-1), ['10.0.0.1']);
  clock.advance(3_600_000);
  assert.equal(told.length, 3, 'as long as it is followed nothing grows stale');
  await set.close();
});

test('what may not be called is left out and told; files are trusted', async () => {
  const { set, source, told, counts } = rig();
  source.found([spec('10.0.0.1'), spec('169.254.169.254')], ['a fault of the source']);
  assert.deepEqual(told, [['10.0.0.1']]);
  set.measure();
  assert.deepEqual([counts.refused, counts.endpoints], [2, 1]);
  assert.match(set.view.refused.join('\n'), /a fault of the source\n169\.254\.169\.254 is an address of/);
  await set.close();
  assert.ok(Number.isNaN(counts.endpoints), 'a source that is gone has no series');
  const trusting = rig({}, false);
  trusting.source.found([spec('127.0.0.1')]);
  assert.deepEqual(trusting.told, [['127.0.0.1']]);
  await trusting.set.close();
});

test('more than the most are left out, and it is said', async () => {
  const { set, source, told } = rig({ maxEndpoints: 2 });
  source.found([spec('10.0.0.3'), spec('10.0.0.1'), spec('10.0.0.2')]);
  assert.deepEqual(told, [['10.0.0.1', '10.0.0.2']]);
  assert.match(set.view.refused[0] ?? '', /10\.0\.0\.3 is one more than maxEndpoints/);
  await set.close();
});

test('a start waits for the first set, or for as long as it says', async () => {
  const quick = rig();
  let started = false;
  void quick.set.started.then(() => {
    started = true;
  });
  await new Promise(setImmediate);
  assert.equal(started, false);
  quick.source.found([spec('10.0.0.1')]);
  await quick.set.started;
  assert.equal(quick.set.missing, undefined);
  await quick.set.close();

  const slow = rig();
  await slow.fail('ECONNREFUSED');
  slow.clock.advance(5_000);
  await slow.set.started;
  assert.equal(slow.set.missing, 'ECONNREFUSED');
  assert.equal(slow.set.view.state, 'waiting');
  await slow.set.close();
});

test('it is followed again after ever longer waits, and at once shorter ones when it held for a while', async () => {
  const rigged = rig();
  const { clock, set } = rigged;
  for (const waitMs of [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    const before = rigged.follows;
    await rigged.fail('gone');
    clock.advance(waitMs - 1);
    await new Promise(setImmediate);
    assert.equal(rigged.follows, before, `not before ${waitMs} ms`);
    clock.advance(1);
    await new Promise(setImmediate);
    assert.equal(rigged.follows, before + 1);
  }
  clock.advance(30_001);
  await rigged.fail('gone');
  clock.advance(250);
  await new Promise(setImmediate);
  assert.equal(rigged.follows, 11);
  await set.close();
});

test('when it is closed it is silent, and leaves no timer', async () => {
  const { set, source, told, clock, counts } = rig({ maxStale: 1_000 });
  source.found([spec('10.0.0.1')]);
  source.failed('gone');
  await set.close();
  source.found([spec('10.0.0.2')]);
  source.failed('gone');
  assert.equal(told.length, 1);
  assert.equal(counts.failures, 1);
  assert.equal(clock.pending, 0);
});

test('an empty answer that was not believed is not believed when it is repeated, and goes stale', async () => {
  const { set, source, told, clock } = rig({ maxStale: 60_000 });
  source.found([spec('10.0.0.1')]);
  source.found([]);
  clock.advance(30_000);
  source.failed('ECONNRESET');
  source.confirmed();
  assert.deepEqual([set.view.state, set.view.reason], ['failing', 'the registry knows no endpoint']);
  clock.advance(30_000);
  assert.deepEqual(told, [['10.0.0.1'], []]);
  await set.close();
});

test('endpoints that were given up are there again when the registry confirms them without naming them', async () => {
  const rigged = rig({ maxStale: 60_000 });
  const { set, told, clock } = rigged;
  rigged.source.found([spec('10.0.0.1')]);
  await rigged.fail('ECONNREFUSED');
  clock.advance(60_000);
  await new Promise(setImmediate);
  rigged.source.confirmed();
  assert.deepEqual(told, [['10.0.0.1'], [], ['10.0.0.1']]);
  assert.equal(set.view.state, 'following');
  await set.close();
});

test('where the upstream has settings for TLS, nothing but https:// is called', async () => {
  const { set, source, told } = rig({ secure: true }, false);
  source.found([spec('10.0.0.1'), spec('10.0.0.2', { url: 'https://users.test' })]);
  assert.deepEqual(told, [['10.0.0.2']]);
  assert.deepEqual(set.view.refused, ['http://users.test:80 is not https://, and its upstream has tls']);
  await set.close();
});
