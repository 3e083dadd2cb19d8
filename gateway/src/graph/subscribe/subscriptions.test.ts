import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import { noLogger } from '../../core/log.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import type { Meter } from '../../core/meter.ts';
import { coded } from '../../core/testing/errors.ts';
import { contextOn, makeIdentity } from '../../core/testing/exchange.ts';
import { sourceConfig } from './config.ts';
import type { EventPlan } from './event.ts';
import { EventQueue } from './event-queue.ts';
import type { SourceEvent, SourceRequest } from './source.ts';
import { type Completes, type Subscription, Subscriptions, subscriptionRefusal } from './subscriptions.ts';

const events: EventPlan = {
  subgraph: 'trips',
  request: (variables) => JSON.stringify(variables),
  take: (run, { body }) => {
    if (body.broken) throw new FrontdeskError('upstream_invalid');
    Object.assign(run.data, body);
  },
};

const compiledOperation = (): Completes => ({ run: undefined });

function rig(settings: Record<string, unknown> = {}) {
  const clock = new ManualClock();
  const opened: { request: SourceRequest; queue: EventQueue<SourceEvent> }[] = [];
  const metrics = new Map<string, number>();
  const instrument = (name: string) => (value: number, label: string) =>
    void metrics.set(`${name} ${label}`, value);
  const meter: Meter = {
    counter: ({ name }) => instrument(name),
    gauge: ({ name }) => instrument(name),
    histogram: ({ name }) => instrument(name),
  };
  const subscriptions = new Subscriptions<Completes>({
    config: z.strictObject(sourceConfig).parse(settings),
    clock,
    meter,
    logger: noLogger,
    open: async (_, request) => {
      const queue = new EventQueue<SourceEvent>({ maxItems: 100, maxSize: 1e6, sizeOf: () => 1 });
      opened.push({ request, queue });
      return { next: () => queue.pull(), close: () => queue.drop() };
    },
    answer: (_, { data }) => ({ body: JSON.stringify({ data }), errors: 0 }),
  });
  const compiled = compiledOperation();
  const subscription = (more: Partial<Subscription<Completes>> = {}): Subscription<Completes> => ({
    compiled,
    events,
    variables: {},
    forwarded: [],
    context: contextOn(clock),
    ...more,
  });
  return { clock, opened, metrics, subscriptions, subscription };
}

describe('what is shared', () => {
  test('the same of the same, and nothing else', async () => {
    const { subscriptions, subscription, clock } = rig();
    const as = (more: object): CallContext => contextOn(clock, makeIdentity(more));
    const distinct: Partial<Subscription<Completes>>[] = [
      {},
      { variables: { id: 1 } },
      { variables: { id: '1' } },
      { forwarded: ['a', 'b'] },
      { forwarded: ['a', 'b,c'] },
      { compiled: compiledOperation() },
      { context: as({}) },
      { context: as({ tenant: 't' }) },
      { context: as({ consumer: 't' }) },
      { context: as({ roles: ['r'] }) },
      { context: as({ scopes: new Set(['a b']) }) },
      { context: as({ scopes: new Set(['a', 'b']) }) },
      { context: as({ claims: { iss: 'https://one.example' } }) },
      { context: as({ claims: { iss: 'https://two.example' } }) },
      { context: as({ claims: { iss: 'https://two.example', department: 'x' } }) },
      { context: as({ keyId: 'k1' }) },
    ];
    for (const more of distinct) await subscriptions.open(subscription(more));
    assert.equal(subscriptions.size.sources, distinct.length);
    for (const more of distinct) await subscriptions.open(subscription(more));
    await subscriptions.open(subscription({ context: as({ scopes: new Set(['b', 'a']) }) }));
    const renewed = { iss: 'https://one.example', iat: 1, nbf: 1, exp: 2, jti: 'another' };
    await subscriptions.open(subscription({ context: as({ claims: renewed }) }));
    assert.deepEqual(subscriptions.size, { clients: distinct.length * 2 + 2, sources: distinct.length });
  });

  test('as configured, of all or of one subgraph', async () => {
    const none = rig({ share: false });
    for (let i = 0; i < 2; i++) await none.subscriptions.open(none.subscription());
    assert.equal(none.subscriptions.size.sources, 2);
    const one = rig({ share: false, subgraphs: { trips: { share: true } } });
    for (let i = 0; i < 2; i++) await one.subscriptions.open(one.subscription());
    assert.equal(one.subscriptions.size.sources, 1);
  });

  test('by so many and no more', async () => {
    const { subscriptions, subscription } = rig({ sharers: 2 });
    for (let i = 0; i < 3; i++) await subscriptions.open(subscription());
    assert.deepEqual(subscriptions.size, { clients: 3, sources: 2 });
  });
});

test('counts come back to nothing, however a subscription ends', async () => {
  const { subscriptions, subscription, opened, metrics } = rig();
  const left = await subscriptions.open(subscription());
  await left.payloads.return?.();
  const cancelled = subscription({ variables: { a: 1 } });
  await subscriptions.open(cancelled);
  cancelled.context.cancellation.cancel(new Error('gone'));
  const complete = await subscriptions.open(subscription({ variables: { a: 2 } }));
  opened.at(-1)?.queue.end();
  assert.ok((await complete.payloads.next()).done);
  const failed = await subscriptions.open(subscription({ variables: { a: 3 } }));
  opened.at(-1)?.queue.end(new FrontdeskError('upstream_reset'));
  await failed.payloads.next();
  assert.deepEqual(subscriptions.size, { clients: 0, sources: 0 });
  assert.equal(metrics.get('frontdesk_graph_subscriptions client'), 0);
  assert.equal(metrics.get('frontdesk_graph_subscriptions subgraph'), 0);
  for (const reason of ['left', 'complete', 'failed']) {
    assert.equal(metrics.get(`frontdesk_graph_subscriptions_ended_total ${reason}`), 1);
  }
});

test('an event that cannot be read costs itself alone', async () => {
  const { subscriptions, subscription, opened } = rig();
  const { payloads } = await subscriptions.open(subscription());
  opened[0]?.queue.push({ body: { broken: true }, plain: true, size: 1 });
  opened[0]?.queue.push({ body: { a: 1 }, plain: true, size: 1 });
  assert.match(String((await payloads.next()).value), /UPSTREAM_INVALID/);
  assert.equal((await payloads.next()).value, '{"data":{"a":1}}');
});

test('a closed graph has none, and opens none', async () => {
  const { subscriptions, subscription } = rig();
  await subscriptions.open(subscription());
  subscriptions.close();
  assert.deepEqual(subscriptions.size, { clients: 0, sources: 0 });
  await assert.rejects(subscriptions.open(subscription()), coded('draining'));
});

test('whoever had left before it began gets none', async () => {
  const { subscriptions, subscription } = rig();
  const gone = subscription();
  gone.context.cancellation.cancel(new Error('gone'));
  await assert.rejects(subscriptions.open(gone), /gone/);
  assert.deepEqual(subscriptions.size, { clients: 0, sources: 0 });
});

test('a refusal says how to ask', () => {
  assert.equal(subscriptionRefusal(false).status, 406);
  assert.equal(subscriptionRefusal(true).status, 405);
});
