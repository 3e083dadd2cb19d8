import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../core/manual-clock.ts';
import { contextOn, makeIdentity } from '../../core/testing/exchange.ts';
import { eventContext, sourceContext } from './event-context.ts';

function opener(clock: ManualClock) {
  return {
    ...contextOn(clock, makeIdentity()),
    client: { address: '192.0.2.1', scheme: 'https' },
    host: 'api.example',
  } as const;
}

test('what is shared has an identity and no address; what is not has both', () => {
  const clock = new ManualClock();
  const context = opener(clock);
  const shared = sourceContext(context, true, clock);
  assert.equal(shared.identity, context.identity);
  assert.deepEqual([shared.client, shared.host], [undefined, undefined]);
  const own = sourceContext(context, false, clock);
  assert.deepEqual([own.client, own.host], [context.client, context.host]);
});

test('it outlives the request that opened it', () => {
  const clock = new ManualClock();
  const context = opener(clock);
  const source = sourceContext(context, true, clock);
  context.cancellation.cancel(new Error('the request is over'));
  assert.ok(!source.cancellation.cancelled);
});

test('each event has its own time and span; the end of the source is the end of each', () => {
  const clock = new ManualClock();
  const source = sourceContext(opener(clock), true, clock);
  const late = eventContext(source, 100, clock);
  clock.advance(100);
  assert.ok(late.context.cancellation.cancelled);
  assert.ok(!source.cancellation.cancelled);
  const event = eventContext(source, 100, clock);
  assert.equal(event.context.trace.traceId, source.trace.traceId);
  assert.notEqual(event.context.trace.spanId, late.context.trace.spanId);
  source.cancellation.cancel(new Error('nobody is left'));
  assert.match(String(event.context.cancellation.reason), /nobody is left/);
});

test('an event that is over leaves no timer and hears nothing', () => {
  const clock = new ManualClock();
  const source = sourceContext(opener(clock), true, clock);
  const event = eventContext(source, 100, clock);
  event.end();
  assert.equal(clock.pending, 0);
  source.cancellation.cancel(new Error('nobody is left'));
  assert.ok(!event.context.cancellation.cancelled);
});
