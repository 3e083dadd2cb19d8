import assert from 'node:assert/strict';
import { it } from 'node:test';
import { makeIdentity } from '../core/testing/exchange.ts';
import { quantileMs } from './latency-counts.ts';
import { MAX_CONSUMERS, MAX_REQUESTS } from './merge-live.ts';
import { SecondTally } from './second-tally.ts';
import { callTo, lineOf, traceOf } from './testing.fixture.ts';

it('counts routes by how their requests ended', () => {
  const tally = new SecondTally();
  for (const status of [200, 404, 503, undefined])
    tally.add(traceOf('r', { status }), lineOf('r'), undefined, 20);
  const [route] = tally.routes;
  assert.deepEqual([route?.requests, route?.refused, route?.failed], [4, 1, 1]);
  assert.ok(Math.abs((quantileMs(route?.latencies ?? assert.fail(), 0.5) ?? 0) - 20) < 1);
});

it('holds against an endpoint what it answered, and nothing of our own or of who left', () => {
  const tally = new SecondTally();
  const calls = [
    callTo('users'),
    callTo('users', { outcome: 'status', status: 500 }),
    callTo('users', { outcome: 'aborted' }),
    callTo('users', { outcome: 'hedged' }),
    callTo('users', { outcome: 'circuit_open' }),
    callTo('users', { outcome: 'upstream_connect', endpoint: undefined }),
  ];
  tally.add(traceOf('r', { calls }), lineOf('r'), undefined, 10);
  const [endpoint] = tally.endpoints;
  assert.deepEqual([endpoint?.endpoint, endpoint?.calls, endpoint?.failed], ['users:1', 2, 1]);
});

it('tells the consumers with the most requests, and how many there are beside them', () => {
  const tally = new SecondTally();
  for (let i = 0; i < 40; i += 1) {
    const identity = makeIdentity({ consumer: `c${i}`, plan: 'gold' });
    tally.add(traceOf('r'), lineOf('r'), identity, 1);
    if (i === 7) tally.add(traceOf('r', { code: 'rate_limited', status: 429 }), lineOf('r'), identity, 1);
  }
  tally.add(traceOf('r'), lineOf('r'), makeIdentity(), 1);
  tally.add(traceOf('r'), lineOf('r'), undefined, 1);
  assert.deepEqual(tally.consumers[0], { consumer: 'c7', plan: 'gold', requests: 2, limited: 1 });
  assert.deepEqual([tally.consumers.length, tally.otherConsumers], [MAX_CONSUMERS, 42 - MAX_CONSUMERS]);
});

it('keeps few of many requests', () => {
  const tally = new SecondTally();
  for (let i = 0; i < 3_000; i += 1)
    tally.add(traceOf('r'), lineOf(`r${i}`, { at: i, totalMs: i === 5 ? 9_000 : 1 }), undefined, 1);
  assert.equal(tally.requests.length, MAX_REQUESTS);
  assert.ok(tally.requests.some(({ id }) => id === 'r5'));
});
