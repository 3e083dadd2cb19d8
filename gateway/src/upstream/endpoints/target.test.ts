import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancellation } from '../../core/abort.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { Bulkhead } from '../bulkhead/bulkhead.ts';
import { EndpointHealth } from '../health/endpoint-health.ts';
import { Endpoint } from './endpoint.ts';
import { Target } from './target.ts';

test('calls and streams are counted apart', async () => {
  const clock = new ManualClock();
  const place = (): Bulkhead => new Bulkhead({ maxInFlight: 1, maxQueue: 0, queueFor: 1 }, clock);
  const transport = { send: () => Promise.reject(new Error('not sent')), close: () => Promise.resolve() };
  const [bulkhead, streams] = [place(), place()];
  const health = new EndpointHealth(clock);
  const endpoint = new Endpoint({ address: 'a:1', breaker: undefined, bulkhead, streams, health, transport });
  const target = new Target(endpoint, { url: 'http://a:1', weight: 3 });
  assert.deepEqual([target.weight, target.forStreams.weight], [3, 3]);
  target.setWarmth(0.5);
  assert.deepEqual([target.weight, target.forStreams.weight], [1.5, 1.5]);
  streams.enter(new Cancellation());
  assert.deepEqual([target.inFlight, target.available], [0, true]);
  assert.deepEqual([target.forStreams.inFlight, target.forStreams.available], [1, false]);
});
