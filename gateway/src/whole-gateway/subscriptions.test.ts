/** Subscriptions from the graph to real subgraphs and back, by each protocol. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeIdentity } from '../core/testing/exchange.ts';
import { bench, caller, ended, next, told, trip } from './subscriptions.fixture.ts';

for (const protocol of ['sse', 'websocket'] as const) {
  describe(`over ${protocol}`, () => {
    const config = { subgraphs: { trips: { protocol } } };

    test('each event gets its entity fields from another subgraph, in order, until the source ends', async (t) => {
      const { servers, subscribe } = await bench(t, { config });
      const payloads = await subscribe();
      await servers.whenOpen(1);
      for (const sequence of [1, 2, 3]) servers.tell(trip(sequence));
      assert.deepEqual(await next(payloads), told(1));
      assert.deepEqual(await next(payloads), told(2));
      assert.deepEqual(await next(payloads), told(3));
      servers.complete();
      await ended(payloads);
    });

    test('whoever leaves ends it at the subgraph', async (t) => {
      const { servers, subscribe } = await bench(t, { config });
      const payloads = await subscribe();
      await servers.whenOpen(1);
      await payloads.return?.();
      await servers.whenOpen(0);
      await ended(payloads);
    });

    test('whose request is cancelled has left', async (t) => {
      const { servers, subscribe } = await bench(t, { config });
      const context = caller();
      const payloads = await subscribe({ context });
      await servers.whenOpen(1);
      context.cancellation.cancel(new Error('the client is gone'));
      await servers.whenOpen(0);
      await ended(payloads);
    });

    test('a source that dies ends it with an error, after what came before', async (t) => {
      const { servers, subscribe } = await bench(t, { config });
      const payloads = await subscribe();
      await servers.whenOpen(1);
      servers.tell(trip(1));
      assert.deepEqual(await next(payloads), told(1));
      servers.breakConnections();
      assert.deepEqual(await next(payloads), {
        errors: [{ message: 'A backend broke the connection', extensions: { code: 'UPSTREAM_RESET' } }],
      });
      await ended(payloads);
    });

    test("an event's errors are that event's own", async (t) => {
      const { servers, subscribe } = await bench(t, { config });
      const query = 'subscription { tripUpdated(id: "1") { sequence note } }';
      const payloads = await subscribe({ query, variables: {} });
      await servers.whenOpen(1);
      servers.tell(trip(1, { note: new Error('secret') }));
      servers.tell(trip(2, { note: 'fine' }));
      assert.deepEqual(await next(payloads), {
        errors: [
          {
            message: 'A backend failed',
            path: ['tripUpdated', 'note'],
            extensions: { code: 'UPSTREAM_ERROR' },
          },
        ],
        data: { tripUpdated: { sequence: 1, note: null } },
      });
      assert.deepEqual(await next(payloads), { data: { tripUpdated: { sequence: 2, note: 'fine' } } });
    });

    test('an event larger than allowed ends it with an error', async (t) => {
      const { servers, subscribe } = await bench(t, { config: { ...config, maxEvent: '4KiB' } });
      const query = 'subscription { tripUpdated(id: "1") { note } }';
      const payloads = await subscribe({ query, variables: {} });
      await servers.whenOpen(1);
      servers.tell(trip(1, { note: 'x'.repeat(20_000) }));
      assert.match(JSON.stringify(await next(payloads)), /UPSTREAM_TOO_LARGE/);
      await ended(payloads);
      await servers.whenOpen(0);
    });

    test('identity and allowed fields go to the subgraph, the address does not where it is shared', async (t) => {
      const { servers, subscribe } = await bench(t, { config });
      const identity = makeIdentity({ subject: 'ada' });
      const payloads = await subscribe({
        context: caller(identity),
        forwarded: ['authorization', 'Bearer x'],
      });
      const { headers } = servers.seen[0] ?? {};
      assert.equal(headers?.['x-user-id'], 'ada');
      assert.equal(headers?.authorization, 'Bearer x');
      assert.equal(headers?.['x-forwarded-for'], undefined);
      await payloads.return?.();
    });

    test('the guards of the upstream hold: scopes, and places for streams', async (t) => {
      const { refused, subscribe } = await bench(t, {
        config: { ...config, share: false },
        trips: { scopes: ['trips:read'], bulkhead: { maxStreams: 1 } },
      });
      assert.deepEqual(await refused(), { status: 403, code: 'INSUFFICIENT_SCOPE' });
      const identity = makeIdentity({ scopes: new Set(['trips:read']) });
      const payloads = await subscribe({ context: caller(identity) });
      assert.deepEqual(await refused({ context: caller(identity) }), { status: 503, code: 'BULKHEAD_FULL' });
      await payloads.return?.();
    });

    test('a subscription that the subgraph refuses is told, and over', async (t) => {
      const { subscribe } = await bench(t, { config });
      const payloads = await subscribe({ query: 'subscription { trouble { id } }', variables: {} });
      const answer = JSON.stringify(await next(payloads));
      assert.match(answer, /UPSTREAM_ERROR/);
      assert.doesNotMatch(answer, /10\.0\.0\.7/);
      await ended(payloads);
    });
  });
}

describe('which protocol', () => {
  test('auto goes by SSE where that is spoken', async (t) => {
    const { servers, subscribe } = await bench(t);
    const payloads = await subscribe();
    assert.equal(servers.seen[0]?.headers.upgrade, undefined);
    await payloads.return?.();
  });

  test('auto goes by WebSocket where it is not, and remembers', async (t) => {
    const { servers, subscribe, upstreams } = await bench(t, { sse: false });
    for (const id of ['1', '2']) {
      const payloads = await subscribe({ variables: { id } });
      await servers.whenOpen(1);
      servers.tell({ ...trip(1), id });
      assert.deepEqual(await next(payloads), told(1));
      await payloads.return?.();
      await servers.whenOpen(0);
    }
    assert.equal(servers.seen.length, 2);
    assert.ok(servers.seen.every(({ headers }) => headers.upgrade === 'websocket'));
    assert.ok(upstreams.view().every(({ breaker }) => breaker === 'closed'));
  });

  test('a subgraph that speaks neither gives its answer once', async (t) => {
    const { subscribe } = await bench(t, {
      sse: false,
      webSocket: false,
      errors: { subgraphMessages: true },
    });
    const payloads = await subscribe();
    assert.match(JSON.stringify(await next(payloads)), /Subscriptions are not served by POST/);
    await ended(payloads);
  });

  test('the payload of connection_init has what is configured, and nothing else', async (t) => {
    const { servers, subscribe } = await bench(t, {
      config: { subgraphs: { trips: { protocol: 'websocket', connectionInit: ['authorization'] } } },
    });
    const payloads = await subscribe({ forwarded: ['authorization', 'Bearer x', 'accept-language', 'de'] });
    assert.deepEqual(servers.seen[0]?.payload, { authorization: 'Bearer x' });
    await payloads.return?.();
  });

  test('a socket that is refused at connection_init refuses the subscription', async (t) => {
    const { refused } = await bench(t, {
      refuseInit: true,
      config: { subgraphs: { trips: { protocol: 'websocket' } } },
    });
    assert.deepEqual(await refused(), { status: 502, code: 'UPSTREAM_RESET' });
  });
});

for (const planner of ['hive', 'apollo'] as const) {
  test(`${planner}'s planner subscribes as well`, async (t) => {
    const { servers, subscribe } = await bench(t, { planner });
    const payloads = await subscribe();
    await servers.whenOpen(1);
    servers.tell(trip(1));
    assert.deepEqual(await next(payloads), told(1));
  });
}
