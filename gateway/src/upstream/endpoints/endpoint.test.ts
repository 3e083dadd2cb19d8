import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancellation } from '../../core/abort.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { breakerConfig, CircuitBreaker } from '../breaker/breaker.ts';
import { Bulkhead } from '../bulkhead/bulkhead.ts';
import { UpstreamCall } from '../call.ts';
import { EndpointHealth } from '../health/endpoint-health.ts';
import { request } from '../testing/harness.ts';
import { Endpoint } from './endpoint.ts';

test('it is available while its breaker admits and its bulkhead has room', async () => {
  const clock = new ManualClock();
  const sent: UpstreamCall[] = [];
  const transport = {
    send: (call: UpstreamCall) => {
      sent.push(call);
      return Promise.reject(new FrontdeskError('upstream_connect'));
    },
    close: () => Promise.resolve(),
  };
  const breaker = new CircuitBreaker(breakerConfig.parse({ windowCalls: 1, minimumCalls: 1 }), {
    clock,
    random: () => 0,
  });
  const health = new EndpointHealth(clock);
  const bulkhead = new Bulkhead({ maxInFlight: 1, maxQueue: 1, queueFor: 10 }, clock);
  const endpoint = new Endpoint({ address: 'a:1', breaker, bulkhead, health, transport });
  assert.deepEqual([endpoint.available, endpoint.inFlight, endpoint.breakerState], [true, 0, 'closed']);
  bulkhead.enter(new Cancellation());
  assert.equal(endpoint.available, true);
  const waiting = assert.rejects(bulkhead.enter(new Cancellation()) ?? Promise.resolve());
  assert.deepEqual([endpoint.available, endpoint.inFlight], [false, 2]);
  clock.advance(10);
  await waiting;
  bulkhead.leave();
  breaker.end(breaker.begin(), 'failure');
  assert.deepEqual([endpoint.available, endpoint.breakerState], [false, 'open']);
  const call = new UpstreamCall(request());
  await assert.rejects(endpoint.send(call));
  assert.deepEqual(sent, [call]);
  const plain = new Endpoint({ address: 'b:1', breaker: undefined, bulkhead, health, transport });
  assert.deepEqual([plain.available, plain.breakerState], [true, 'closed']);
});
