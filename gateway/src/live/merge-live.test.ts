import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LatencyCounter } from './latency-counts.ts';
import { fewest, MAX_CONSUMERS, MAX_REQUESTS, mergeLive, NOTHING_LIVE } from './merge-live.ts';
import type { LiveEndpoint, LiveRoute, LiveSnapshot } from './snapshot.ts';
import { lineOf, processOf, secondOf } from './testing.fixture.ts';

const count = fc.nat(50);
const latencies = fc.array(fc.double({ min: 0, max: 5_000, noNaN: true }), { maxLength: 5 }).map((times) => {
  const counter = new LatencyCounter();
  for (const ms of times) counter.add(ms);
  return counter.counts;
});
const route: fc.Arbitrary<LiveRoute> = fc.record({
  route: fc.constantFrom('/a', '/b', '/c'),
  kind: fc.constantFrom('proxy', 'bff'),
  requests: count,
  failed: count,
  refused: count,
  latencies,
});
const endpoint: fc.Arbitrary<LiveEndpoint> = fc.record({
  upstream: fc.constantFrom('users', 'orders'),
  endpoint: fc.constantFrom('h:1', 'h:2'),
  calls: count,
  failed: count,
  latencies,
  inFlight: count,
  queued: count,
  limit: count,
  weight: count,
  breakers: fc.constantFrom({ closed: 1 }, { open: 1 }),
  health: fc.constantFrom({ healthy: 1 }, { ejected: 1 }),
});
const counted = fc.record({
  name: fc.constantFrom('x', 'y'),
  outcome: fc.constantFrom('hit', 'miss'),
  count,
});
const consumer = fc.record({
  consumer: fc.constantFrom('acme', 'globex'),
  plan: fc.constantFrom('gold', 'none'),
  requests: count,
  limited: count,
});
const second: fc.Arbitrary<LiveSnapshot> = fc
  .record({
    at: fc.nat(100_000),
    routes: fc.array(route, { maxLength: 4 }),
    endpoints: fc.array(endpoint, { maxLength: 4 }),
    limits: fc.array(counted, { maxLength: 3 }),
    caches: fc.array(counted, { maxLength: 3 }),
    consumers: fc.array(consumer, { maxLength: 4 }),
    requests: fc
      .uniqueArray(fc.nat(30), { maxLength: 5 })
      .map((ids) => ids.map((id) => lineOf(`r${id}`, { at: id }))),
  })
  .map((more) => secondOf(more));

describe('seconds of several processes', () => {
  it('are one, in whatever order and groups they are put together', () => {
    fc.assert(
      fc.property(second, second, second, (a, b, c) => {
        const all = mergeLive([a, b, c]);
        assert.deepEqual(mergeLive([mergeLive([a, b]), c]), all);
        assert.deepEqual(mergeLive([a, mergeLive([b, c])]), all);
        assert.deepEqual(mergeLive([c, a, b]), all);
        assert.deepEqual(mergeLive([all, NOTHING_LIVE]), all);
      }),
    );
  });

  it('lose no request', () => {
    fc.assert(
      fc.property(fc.array(second, { maxLength: 4 }), (seconds) => {
        const sum = (all: readonly LiveSnapshot[]) =>
          all.flatMap(({ routes }) => routes).reduce((total, { requests }) => total + requests, 0);
        assert.equal(sum([mergeLive(seconds)]), sum(seconds));
      }),
    );
  });

  it('tell with how many processes an endpoint is in which state', () => {
    const of = (breaker: string): LiveEndpoint => ({
      ...{ upstream: 'users', endpoint: 'h:1', calls: 0, failed: 0, latencies: { counts: [], maxMs: 0 } },
      ...{ inFlight: 1, queued: 0, limit: 10, weight: 1, breakers: { [breaker]: 1 }, health: { unknown: 1 } },
    });
    const [merged] = mergeLive(
      ['open', 'closed', 'open'].map((state) => secondOf({ endpoints: [of(state)] })),
    ).endpoints;
    assert.deepEqual(merged?.breakers, { closed: 1, open: 2 });
    assert.deepEqual([merged?.inFlight, merged?.limit, merged?.weight], [3, 30, 1]);
  });

  it('have their processes in the order of their numbers', () => {
    const merged = mergeLive(['10', '2', '1'].map((name) => secondOf({ processes: [processOf(name)] })));
    assert.deepEqual(
      merged.processes.map(({ process }) => process),
      ['1', '2', '10'],
    );
  });

  it('stay bounded: the failing and the slow are told before others, the most loaded consumers before others', () => {
    const many = Array.from({ length: 500 }, (_, i) => lineOf(`r${i}`, { at: i }));
    const slow = lineOf('slow', { at: 3, totalMs: 900 });
    const failed = lineOf('failed', { at: 4, status: 502 });
    const kept = fewest([...many, slow, failed]);
    assert.equal(kept.length, MAX_REQUESTS);
    assert.ok(kept.includes(slow) && kept.includes(failed));
    const consumers = Array.from({ length: 30 }, (_, i) => ({
      consumer: `c${i}`,
      plan: 'p',
      requests: i,
      limited: 0,
    }));
    const merged = mergeLive([secondOf({ consumers, otherConsumers: 5 })]);
    assert.equal(merged.consumers[0]?.consumer, 'c29');
    assert.deepEqual([merged.consumers.length, merged.otherConsumers], [MAX_CONSUMERS, 15]);
  });
});
