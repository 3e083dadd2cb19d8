import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ManualClock } from '../core/manual-clock.ts';
import { contextOn } from '../core/testing/exchange.ts';
import { answering } from './backends.ts';
import { partial, status } from './fake-answer.ts';
import { fakeGraph, fakeSubscriber } from './fake-graph.ts';
import { FaultPlan } from './faults.ts';
import { Wire } from './wire.ts';

function graphOf(answer: () => unknown) {
  const fakes = answering({}, new Map([['graph Orders', answer]]));
  const wire = new Wire({ fakes, faults: new FaultPlan(), clock: undefined, now: () => 0 });
  const request = {
    query: 'query Orders { orders }',
    variables: { user: '1' },
    context: contextOn(new ManualClock()),
    label: 'orders',
  };
  return { wire, request, graph: fakeGraph(wire), subscriber: fakeSubscriber(wire) };
}

it('answers data, what is partial, and a status', async () => {
  const whole = graphOf(() => ({ orders: [], at: new Date(0) }));
  assert.deepEqual(await whole.graph(whole.request), {
    data: { orders: [], at: '1970-01-01T00:00:00.000Z' },
  });
  assert.deepEqual([whole.wire.sent[0]?.parts, whole.wire.sent[0]?.input], [['orders'], { user: '1' }]);
  const some = graphOf(() => partial({ orders: null }, 'no orders'));
  assert.deepEqual(await some.graph(some.request), {
    data: { orders: null },
    errors: [{ message: 'no orders' }],
  });
  const bad = graphOf(() => status(500));
  await assert.rejects(bad.graph(bad.request), { code: 'upstream_error' });
});

it('gives each event of a subscription', async () => {
  const { subscriber, request } = graphOf(() => [{ a: 1 }, { a: 2 }]);
  const found: unknown[] = [];
  for await (const { data } of await subscriber(request)) found.push(data);
  assert.deepEqual(found, [{ a: 1 }, { a: 2 }]);
});
