import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cancellation } from '../../core/abort.ts';
import { emptyBody } from '../../core/body.ts';
import { type ErrorCode, FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { Settlement } from '../../core/settlement.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import { UpstreamCall } from '../call.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { setOf, testEndpoint } from '../testing/endpoints.ts';
import { context, request } from '../testing/harness.ts';
import { balance } from './balance.ts';
import { balanceConfig, makeBalancer } from './balance-config.ts';
import { Placement } from './placement.ts';

function endpoint(clock: ManualClock, address: string, maxInFlight = 10): Endpoint {
  return testEndpoint(clock, address, { maxInFlight });
}

function rig(clock: ManualClock, endpoints: readonly Endpoint[], balanceBy: object = { by: 'round-robin' }) {
  const set = setOf(endpoints);
  const config = balanceConfig.parse(balanceBy);
  const random = (): number => 0;
  const policy = balance({
    set,
    placement: new Placement({ set, epoch: { value: 0 }, clock, random, config, zone: undefined }),
    balancer: makeBalancer(config, random),
    clock,
    rules: { failureStatus: 500, patience: 100 },
    outliers: undefined,
    latencyDecayMs: config.by === 'peak-ewma' ? config.decay : undefined,
  });
  const settlements: Settlement[] = [];
  const reply = (status = 200): Promise<UpstreamReply> => {
    const settlement = new Settlement();
    settlements.push(settlement);
    return Promise.resolve({
      status,
      headers: new HeaderFields(),
      body: emptyBody,
      settled: settlement.settled,
    });
  };
  const call = (): UpstreamCall => new UpstreamCall(request({ context: context({ clock }) }));
  return { policy, set, settlements, reply, call };
}

const coded =
  (code: ErrorCode, retryAfterS?: number) =>
  (error: unknown): boolean =>
    error instanceof FrontdeskError && error.code === code && error.retryAfterS === retryAfterS;

describe('what an endpoint is held to', () => {
  test('its place and its verdict wait for the last byte', async () => {
    const clock = new ManualClock();
    const one = endpoint(clock, 'a:1');
    const { policy, settlements, reply, call } = rig(clock, [one]);
    const answer = await policy(call(), () => reply());
    assert.equal(one.inFlight, 1);
    assert.equal(one.breakerState, 'closed');
    settlements[0]?.settle({ kind: 'failed', bytes: 3, error: new FrontdeskError('upstream_reset') });
    await answer.settled;
    assert.equal(one.inFlight, 0);
    assert.equal(one.breakerState, 'open');
  });

  test('an attempt without an answer gives both back at once', async () => {
    const clock = new ManualClock();
    const one = endpoint(clock, 'a:1');
    const { policy, call } = rig(clock, [one]);
    await assert.rejects(policy(call(), () => Promise.reject(new FrontdeskError('upstream_connect'))));
    assert.equal(one.inFlight, 0);
    assert.equal(one.breakerState, 'open');
    await assert.rejects(
      policy(call(), () => Promise.reject(new Error('never called'))),
      coded('circuit_open', 30),
    );
    assert.equal(one.inFlight, 0);
  });

  test('a probe whose client leaves makes way for the next', async () => {
    const clock = new ManualClock();
    const one = endpoint(clock, 'a:1');
    const { policy, call } = rig(clock, [one]);
    await assert.rejects(policy(call(), () => Promise.reject(new FrontdeskError('upstream_connect'))));
    clock.advance(30_000);
    await assert.rejects(policy(call(), () => Promise.reject(new FrontdeskError('client_closed'))));
    assert.equal(one.breakerState, 'half-open');
    assert.equal(one.available, true);
  });
});

describe('choice', () => {
  test('endpoints with an open breaker are passed over; when all are open, the soonest says when to come back', async () => {
    const clock = new ManualClock();
    const one = endpoint(clock, 'a:1');
    const two = endpoint(clock, 'b:1');
    const { policy, settlements, reply, call } = rig(clock, [one, two]);
    one.breaker?.end(one.breaker.begin(), 'failure');
    for (let i = 0; i < 3; i += 1) {
      const sent = call();
      await policy(sent, () => reply());
      assert.equal(sent.endpoint, two);
      settlements.pop()?.settle({ kind: 'complete', bytes: 0 });
      await Promise.resolve();
    }
    clock.advance(10_000);
    two.breaker?.end(two.breaker.begin(), 'failure');
    await assert.rejects(
      policy(call(), () => reply()),
      coded('circuit_open', 20),
    );
  });

  test('endpoints that are full are passed over; when all are, it is a full bulkhead', async () => {
    const clock = new ManualClock();
    const one = endpoint(clock, 'a:1', 1);
    const two = endpoint(clock, 'b:1', 1);
    const { policy, reply, call } = rig(clock, [one, two]);
    one.bulkhead.enter(new Cancellation());
    const sent = call();
    await policy(sent, () => reply());
    assert.equal(sent.endpoint, two);
    await assert.rejects(
      policy(call(), () => reply()),
      coded('bulkhead_full', 1),
    );
  });

  test('a further attempt goes elsewhere, or to the same where there is no other', async () => {
    const clock = new ManualClock();
    const one = endpoint(clock, 'a:1');
    const two = endpoint(clock, 'b:1');
    const { policy, reply, call } = rig(clock, [one, two]);
    for (const last of [one, two, one, one, two, two]) {
      const again = call();
      again.endpoint = last;
      await policy(again, () => reply());
      assert.notEqual(again.endpoint, last);
    }
    two.breaker?.end(two.breaker.begin(), 'failure');
    const again = call();
    again.endpoint = one;
    await policy(again, () => reply());
    assert.equal(again.endpoint, one);
  });

  test('what a breaker lets through by shares goes elsewhere when it is refused', async () => {
    const clock = new ManualClock();
    const one = testEndpoint(clock, 'a:1', { breaker: { rampUp: '10s' } });
    const two = endpoint(clock, 'b:1');
    const { policy, reply, call } = rig(clock, [one, two]);
    one.breaker?.end(one.breaker.begin(), 'failure');
    clock.advance(30_000);
    one.breaker?.end(one.breaker.begin(), 'success');
    const went: (string | undefined)[] = [];
    for (let i = 0; i < 6; i += 1) {
      const sent = call();
      await policy(sent, () => reply());
      went.push(sent.endpoint?.address);
    }
    assert.deepEqual(went, ['a:1', 'b:1', 'b:1', 'b:1', 'b:1', 'b:1'], 'one at a time, and none is refused');
    const { policy: alone, call: another } = rig(clock, [one]);
    await assert.rejects(
      alone(another(), () => reply()),
      coded('circuit_open', 1),
    );
    assert.equal(one.inFlight, 1);
  });

  test('latency is kept where the balancer goes by it, and only there', async () => {
    const clock = new ManualClock();
    const one = endpoint(clock, 'a:1');
    const two = endpoint(clock, 'b:1');
    const { policy, settlements, reply, call } = rig(clock, [one, two], { by: 'peak-ewma' });
    const sent = call();
    await policy(sent, () => {
      clock.advance(70);
      return reply();
    });
    settlements[0]?.settle({ kind: 'complete', bytes: 0 });
    await Promise.resolve();
    assert.equal(Math.round(one.latency?.valueMs ?? 0), 70);
    const plain = rig(clock, [endpoint(clock, 'c:1'), two], { by: 'least-requests' });
    const other = plain.call();
    await plain.policy(other, () => plain.reply());
    plain.settlements[0]?.settle({ kind: 'complete', bytes: 0 });
    await Promise.resolve();
    assert.equal(two.latency, undefined);
  });

  test('who waited for a place at an endpoint that has left the set is picked anew', async () => {
    const clock = new ManualClock();
    const gone = testEndpoint(clock, 'a:1', { maxInFlight: 1, maxQueue: 1 });
    const stays = endpoint(clock, 'b:1');
    const { policy, set, settlements, reply, call } = rig(clock, [gone, stays]);
    set.replace([{ url: 'http://a:1', weight: 1 }]);
    const first = await policy(call(), () => reply());
    const waiting = call();
    const second = policy(waiting, () => reply());
    assert.equal(gone.bulkhead.queued, 1);
    set.replace([{ url: 'http://b:1', weight: 1 }]);
    settlements[0]?.settle({ kind: 'complete', bytes: 0 });
    await first.settled;
    await second;
    assert.equal(waiting.endpoint, stays);
    assert.deepEqual([gone.inFlight, stays.inFlight], [0, 1]);
  });

  test('who waited when a reload closed the set goes where it waited', async () => {
    const clock = new ManualClock();
    const one = testEndpoint(clock, 'a:1', { maxInFlight: 1, maxQueue: 1 });
    const { policy, set, settlements, reply, call } = rig(clock, [one]);
    const first = await policy(call(), () => reply());
    const second = policy(call(), () => reply());
    await set.close();
    settlements[0]?.settle({ kind: 'complete', bytes: 0 });
    await first.settled;
    assert.equal((await second).status, 200);
  });

  test('where health is never to be ignored, that of the only endpoint is not either', async () => {
    const clock = new ManualClock();
    const one = endpoint(clock, 'a:1');
    one.health.setUnhealthy('down');
    const strict = rig(clock, [one], { by: 'round-robin', panicBelow: 0 });
    await assert.rejects(
      strict.policy(strict.call(), () => strict.reply()),
      coded('upstream_unavailable', 1),
    );
    const usual = rig(clock, [one]);
    assert.equal((await usual.policy(usual.call(), () => usual.reply())).status, 200);
  });
});
