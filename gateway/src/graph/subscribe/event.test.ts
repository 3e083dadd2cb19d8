import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'graphql';
import { systemClock } from '../../core/clock.ts';
import { contextOn } from '../../core/testing/exchange.ts';
import { Failure } from '../execute/failure.ts';
import type { Run } from '../execute/run.ts';
import type { SubscriptionNode } from '../plan/plan.ts';
import { TypeIndex } from '../supergraph/supergraph.ts';
import { compileEvents } from './event.ts';

const types = new TypeIndex(parse('type Subscription { trip(id: ID!): Trip } type Trip { id: ID! }'), []);
const node: SubscriptionNode = {
  kind: 'subscription',
  primary: {
    kind: 'fetch',
    subgraph: 'trips',
    operationKind: 'subscription',
    operation: 'subscription($id: ID!){trip(id: $id){id}}',
    operationName: undefined,
    variables: ['id'],
    path: [],
    outputRewrites: [],
  },
  rest: undefined,
};
const events = compileEvents(node, types, { subgraphMessages: false, max: 10 });

function run(): Run {
  return {
    context: contextOn(systemClock),
    forwarded: [],
    variables: {},
    data: {},
    loose: [],
    failed: false,
    plain: true,
  };
}

test('what is sent: the document and the variables that it uses', () => {
  assert.deepEqual(JSON.parse(events.request({ id: 'a"b', other: 1 })), {
    query: 'subscription($id: ID!){trip(id: $id){id}}',
    variables: { id: 'a"b' },
  });
});

test('of an event, what was asked for becomes data', () => {
  const taken = run();
  events.take(taken, { body: { data: { trip: { id: '1' }, more: 1 } }, plain: false, size: 1 });
  assert.deepEqual(taken.data, { trip: { id: '1' } });
  assert.deepEqual([taken.failed, taken.plain], [false, false]);
});

test('an event without data fails what was asked for', () => {
  const taken = run();
  events.take(taken, { body: { errors: [{ message: 'secret', path: ['trip'] }] }, plain: true, size: 1 });
  assert.ok(taken.failed);
  assert.ok(taken.data.trip instanceof Failure);
  assert.equal(taken.data.trip.entries[0]?.message, 'A backend failed');
});

test('what is no GraphQL response is refused', () => {
  assert.throws(() => events.take(run(), { body: { data: 7 }, plain: true, size: 1 }), {
    code: 'upstream_invalid',
  });
});
