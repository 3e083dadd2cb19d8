/** Who shares a subscription at a subgraph, and what bounds all of them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeIdentity } from '../core/testing/exchange.ts';
import type { GraphRequest } from '../graph/request.ts';
import { bench, caller, ended, next, QUERY, told, trip } from './subscriptions.fixture.ts';

const BOTH = { subscription: true, incremental: false };

describe('sharing', () => {
  test('identical subscriptions are one at the subgraph, and each event is completed once', async (t) => {
    const { servers, subscribe } = await bench(t);
    const clients = await Promise.all(Array.from({ length: 20 }, () => subscribe()));
    await servers.whenOpen(1);
    assert.equal(servers.subscriptions.ever, 1);
    servers.tell(trip(7));
    for (const client of clients) assert.deepEqual(await next(client), told(7));
    assert.equal(servers.fetches, 1);
    const [first, ...others] = clients;
    await first?.return?.();
    servers.tell(trip(8));
    for (const client of others) assert.deepEqual(await next(client), told(8));
    for (const client of others) await client.return?.();
    await servers.whenOpen(0);
  });

  test('other variables, fields, identities or documents are subscriptions of their own', async (t) => {
    const { servers, subscribe } = await bench(t);
    const variants: Partial<GraphRequest>[] = [
      {},
      { variables: { id: '2' } },
      { query: `${QUERY} ` },
      { forwarded: ['authorization', 'a'] },
      { forwarded: ['authorization', 'b'] },
      { context: caller(makeIdentity({ subject: 'ada' })) },
      { context: caller(makeIdentity({ subject: 'bob' })) },
      { context: caller(makeIdentity({ subject: 'bob', scopes: new Set(['x']) })) },
      { context: caller(makeIdentity({ subject: 'bob', also: [makeIdentity({ subject: 'ada' })] })) },
    ];
    const clients = await Promise.all(variants.map((more) => subscribe(more)));
    await servers.whenOpen(variants.length);
    for (const client of clients) await client.return?.();
    await servers.whenOpen(0);
  });

  test('one who leaves while it opens takes it from nobody', async (t) => {
    const { servers, subscribe, graph } = await bench(t);
    const context = caller();
    const leaving = graph.open({ query: QUERY, variables: { id: '1' }, context, accepts: BOTH });
    const staying = subscribe();
    context.cancellation.cancel(new Error('the client is gone'));
    await assert.rejects(leaving, /the client is gone/);
    const payloads = await staying;
    await servers.whenOpen(1);
    servers.tell(trip(1));
    assert.deepEqual(await next(payloads), told(1));
    assert.equal(servers.subscriptions.ever, 1);
  });

  test('it may be switched off', async (t) => {
    const { servers, subscribe } = await bench(t, { config: { share: false } });
    const clients = await Promise.all([subscribe(), subscribe()]);
    await servers.whenOpen(2);
    assert.equal(servers.seen[0]?.headers['x-forwarded-for'], '192.0.2.1');
    for (const client of clients) await client.return?.();
  });
});

describe('bounds', () => {
  test('more sources than allowed are refused', async (t) => {
    const { refused, subscribe } = await bench(t, { config: { max: 1 } });
    const payloads = await subscribe();
    assert.deepEqual(await refused({ variables: { id: '2' } }), { status: 503, code: 'OVERLOADED' });
    await payloads.return?.();
    const after = await subscribe({ variables: { id: '2' } });
    await after.return?.();
  });

  test('a slow one among several is ended with an error after what waited for it; the others miss nothing', async (t) => {
    const { servers, subscribe } = await bench(t, { config: { queue: { events: 4 } } });
    const slow = await subscribe();
    const quick = await subscribe();
    await servers.whenOpen(1);
    for (let sequence = 1; sequence <= 8; sequence++) {
      servers.tell(trip(sequence));
      assert.deepEqual(await next(quick), told(sequence));
    }
    for (let sequence = 1; sequence <= 4; sequence++) assert.deepEqual(await next(slow), told(sequence));
    assert.match(JSON.stringify(await next(slow)), /SLOW_CONSUMER/);
    await ended(slow);
  });

  test('an event that cannot be completed in time loses those fields', async (t) => {
    const { servers, subscribe } = await bench(t, { config: { deadline: '750ms' } });
    const payloads = await subscribe();
    await servers.whenOpen(1);
    servers.beforePeople = () => new Promise(() => {});
    servers.tell(trip(1));
    const answer = JSON.stringify(await next(payloads));
    assert.match(answer, /"tripUpdated":\{"sequence":1,"driver":\{"name":null\}\}/);
    assert.match(answer, /DEADLINE_EXCEEDED/);
    servers.beforePeople = async () => {};
    servers.tell(trip(2));
    assert.deepEqual(await next(payloads), told(2));
  });

  test('who cannot take a stream is told how to ask for one', async (t) => {
    const { refused } = await bench(t);
    assert.deepEqual(await refused({ accepts: undefined }), { status: 406, code: 'NOT_ACCEPTABLE' });
    assert.deepEqual(await refused({ accepts: undefined, queryOnly: true }), {
      status: 405,
      code: 'METHOD_NOT_ALLOWED',
    });
  });

  test('a graph that closes ends its subscriptions with an error', async (t) => {
    const { graph, servers, subscribe } = await bench(t);
    const payloads = await subscribe();
    await servers.whenOpen(1);
    graph.close();
    assert.match(JSON.stringify(await next(payloads)), /DRAINING/);
    await ended(payloads);
    await servers.whenOpen(0);
  });
});
