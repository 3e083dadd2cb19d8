import assert from 'node:assert/strict';
import { once } from 'node:events';
import type http from 'node:http';
import { describe, test } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { FrontdeskError } from '../core/errors.ts';
import { HeaderFields } from '../core/headers.ts';
import { noLogger } from '../core/log.ts';
import { noMeter } from '../core/meter.ts';
import { coded } from '../core/testing/errors.ts';
import type { Limiter } from '../limits/limiter.ts';
import { upstreamMetrics } from './breaker/observation.ts';
import { EndpointRegistry } from './endpoints/endpoint-registry.ts';
import { backend, context, HandBody, identity, request, rig, text } from './testing/harness.ts';

test('an unknown upstream is our own fault, and the body is not left behind', async (t) => {
  const body = new HandBody();
  await assert.rejects(rig(t, {}).call(request({ body })), coded('internal'));
  assert.ok(body.discarded);
});

test('a call goes all the way: identity and trace arrive, the client’s credential does not', async (t) => {
  let seen: http.IncomingHttpHeaders = {};
  const url = await backend(t, (req, res) => {
    seen = req.headers;
    res.end('hello');
  });
  const upstreams = rig(t, {
    users: { url, credentials: { header: { name: 'X-Gateway', value: 's3cret' } } },
  });
  const caller = context({ identity: identity() });
  const headers = new HeaderFields([
    'authorization',
    'Bearer x',
    'x_user_id',
    '1',
    'x-gateway',
    'no',
    'accept',
    '*/*',
  ]);
  const reply = await upstreams.call(request({ context: caller, headers, label: '/api' }));
  assert.equal(await text(reply), 'hello');
  assert.equal(seen.authorization, undefined);
  assert.equal(seen.x_user_id, undefined);
  assert.equal(seen['x-user-id'], 'u42');
  assert.equal(seen['x-gateway'], 's3cret');
  assert.equal(seen.traceparent, `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`);
  await reply.settled;
  const [span] = caller.timeline.spans;
  assert.equal(span?.upstream, 'users');
  assert.equal(span?.label, '/api');
  assert.equal(span?.endpoint, url.slice('http://'.length));
  assert.equal(span?.status, 200);
  assert.equal(span?.outcome, 'ok');
  assert.equal(span?.bytes, 5);
});

describe('authorisation and limits', () => {
  test('without the scope nothing reaches the backend', async (t) => {
    let requests = 0;
    const url = await backend(t, (_req, res) => {
      requests += 1;
      res.end();
    });
    const { call } = rig(t, { users: { url, scopes: ['users:write'] } });
    await assert.rejects(
      call(request({ context: context({ identity: identity() }) })),
      coded('insufficient_scope'),
    );
    await assert.rejects(call(request()), coded('insufficient_scope'));
    const writer = identity({ scopes: new Set(['users:write']) });
    await text(await call(request({ context: context({ identity: writer }) })));
    assert.equal(requests, 1);
  });

  test('a refused consumer is no failure of the backend, and every attempt pays', async (t) => {
    let takes = 0;
    const limiter: Limiter = {
      take: async (checks) => {
        takes += 1;
        return checks.map(({ spec }) => ({
          spec,
          allowed: takes <= 2,
          remaining: 0,
          resetMs: 0,
          retryAfterMs: 1500,
          waitMs: 0,
        }));
      },
    };
    const url = await backend(t, (_req, res) => res.writeHead(503).end());
    const upstreams = rig(
      t,
      { users: { url, limit: { capacity: 2, refill: '1/s' }, breaker: { windowCalls: 3, minimumCalls: 3 } } },
      { limiter },
    );
    const reply = await upstreams.call(request());
    assert.equal(reply.status, 503);
    await text(reply);
    assert.equal(takes, 2);
    for (let i = 0; i < 5; i += 1) {
      await assert.rejects(upstreams.call(request()), (error) => {
        assert.ok(coded('upstream_limited')(error));
        assert.equal(error instanceof FrontdeskError && error.retryAfterS, 2);
        return true;
      });
    }
    assert.equal(upstreams.view()[0]?.breaker, 'closed');
  });
});

describe('the breaker', () => {
  const quick = { retry: { max: 0 }, breaker: { windowCalls: 4, minimumCalls: 4, openFor: '50ms' } };

  test('opens on failures, refuses at once with Retry-After, and one probe closes it', async (t) => {
    let ill = true;
    let hits = 0;
    const url = await backend(t, (_req, res) => {
      hits += 1;
      res.writeHead(ill ? 500 : 200).end();
    });
    const upstreams = rig(t, { users: { url, ...quick } });
    for (let i = 0; i < 4; i += 1) await text(await upstreams.call(request()));
    assert.equal(upstreams.view()[0]?.breaker, 'open');
    await assert.rejects(upstreams.call(request()), (error) => {
      assert.ok(coded('circuit_open')(error));
      assert.equal(error instanceof FrontdeskError && error.retryAfterS, 1);
      return true;
    });
    assert.equal(hits, 4, 'the backend’s count stands still');
    ill = false;
    const opened = systemClock.now();
    while (systemClock.now() - opened <= 50) await new Promise((resolve) => setImmediate(resolve));
    const reply = await upstreams.call(request());
    assert.equal(reply.status, 200);
    await text(reply);
    await reply.settled;
    assert.equal(upstreams.view()[0]?.breaker, 'closed');
  });

  test('a body that breaks counts, a client that leaves does not', async (t) => {
    const arrivals: http.IncomingMessage[] = [];
    const url = await backend(t, (req, res) => {
      arrivals.push(req);
      res.writeHead(200, { 'content-length': '10' });
      res.write('half');
      if (req.url === '/break') setImmediate(() => res.destroy());
    });
    const upstreams = rig(t, { users: { url, ...quick } });
    for (let i = 0; i < 6; i += 1) {
      const reply = await upstreams.call(request({ path: '/leave' }));
      reply.body
        .start({ write: () => true, end() {}, fail() {} })
        .cancel(new FrontdeskError('client_closed'));
      await reply.settled;
    }
    assert.equal(upstreams.view()[0]?.breaker, 'closed');
    for (let i = 0; i < 4; i += 1)
      await assert.rejects(text(await upstreams.call(request({ path: '/break' }))));
    assert.equal(upstreams.view()[0]?.breaker, 'open');
    assert.equal(upstreams.view()[0]?.inFlight, 0);
  });

  test('a backend that hangs is found out, also where the deadline is shorter than its timeout', async (t) => {
    const url = await backend(t, () => {});
    const upstreams = rig(t, {
      users: { url, ...quick, breaker: { ...quick.breaker, openFor: '30s', patience: '10ms' } },
    });
    for (let i = 0; i < 4; i += 1) {
      await assert.rejects(
        upstreams.call(request({ context: context({ deadlineMs: 30 }) })),
        coded('deadline_exceeded'),
      );
    }
    assert.equal(upstreams.view()[0]?.breaker, 'open');
  });
});

test('an attempt has its own limit: the backend sees its connection close', async (t) => {
  const arrived = Promise.withResolvers<http.IncomingMessage>();
  const url = await backend(t, (req) => arrived.resolve(req));
  const { call } = rig(t, { users: { url, retry: { max: 0 } } });
  const head = assert.rejects(call(request({ timeoutMs: 400 })), coded('upstream_timeout'));
  const req = await arrived.promise;
  await once(req.socket, 'close');
  await head;
});

test('the bulkhead holds a place until the last byte and refuses past its queue', async (t) => {
  const replies: http.ServerResponse[] = [];
  const both = Promise.withResolvers<void>();
  const url = await backend(t, (_req, res) => {
    replies.push(res);
    res.write('head');
    if (replies.length === 2) both.resolve();
  });
  const upstreams = rig(t, { users: { url, bulkhead: { maxInFlight: 1, maxQueue: 1, queueFor: '5s' } } });
  const first = await upstreams.call(request());
  const second = upstreams.call(request());
  await assert.rejects(upstreams.call(request()), coded('bulkhead_full'));
  assert.deepEqual(
    upstreams.view().map(({ inFlight, queued, available }) => [inFlight, queued, available]),
    [[1, 1, false]],
  );
  replies[0]?.end();
  await text(first);
  const reply = await second;
  await both.promise;
  replies[1]?.end();
  await text(reply);
  await reply.settled;
  assert.equal(upstreams.view()[0]?.inFlight, 0);
});

describe('stripping', () => {
  test('members are gone for whoever asks; no coding is asked for', async (t) => {
    let accepted: string | undefined;
    const url = await backend(t, (req, res) => {
      accepted = req.headers['accept-encoding'];
      res.setHeader('content-type', 'application/json');
      res.end('{"id":1,"password_hash":"x","deep":[{"password_hash":1}]}');
    });
    const { call } = rig(t, { users: { url, response: { strip: ['password_hash'] } } });
    const reply = await call(
      request({ headers: new HeaderFields(['accept-encoding', 'br', 'range', 'bytes=0-3']) }),
    );
    assert.equal(await text(reply), '{"id":1,"deep":[{}]}');
    assert.equal(reply.headers.get('content-length'), '20');
    assert.equal(accepted, 'identity');
  });

  test('what cannot be read is refused, whatever it claims to be', async (t) => {
    const url = await backend(t, (req, res) => {
      if (req.url === '/html') res.setHeader('content-type', 'text/html').end('<p>secret');
      else if (req.url === '/gzip') res.setHeader('content-encoding', 'gzip').end('{}');
      else if (req.url === '/empty') res.writeHead(204).end();
      else res.setHeader('content-type', 'application/json').end('{"secret":1');
    });
    const { call } = rig(t, { users: { url, response: { strip: ['secret'] }, retry: { max: 0 } } });
    for (const path of ['/html', '/gzip', '/broken']) {
      await assert.rejects(call(request({ path })), coded('upstream_invalid'), path);
    }
    assert.equal(await text(await call(request({ path: '/empty' }))), '');
  });
});

test('an upstream that a reload leaves alone keeps its connection and its open breaker', async (t) => {
  const sockets = new Set<unknown>();
  const url = await backend(t, (req, res) => {
    sockets.add(req.socket);
    res.writeHead(500).end();
  });
  const metrics = upstreamMetrics(noMeter);
  const registry = new EndpointRegistry({ clock: systemClock, metrics, logger: noLogger });
  const breaker = { windowCalls: 2, minimumCalls: 2 };
  const before = rig(t, { users: { url, breaker, retry: { max: 0 } } }, { registry });
  await text(await before.call(request()));
  await new Promise((resolve) => setImmediate(resolve));
  await text(await before.call(request()));
  assert.equal(before.view()[0]?.breaker, 'open');
  const after = rig(t, { users: { url, breaker, retry: { max: 0 }, scopes: [] } }, { registry });
  await before.dispose();
  assert.equal(after.view()[0]?.breaker, 'open');
  assert.equal(registry.size, 1);
  const changed = rig(
    t,
    { users: { url, breaker: { ...breaker, openFor: '1s' }, retry: { max: 0 } } },
    { registry },
  );
  assert.equal(changed.view()[0]?.breaker, 'closed', 'other settings are another endpoint');
  await after.dispose();
  await changed.dispose();
  assert.equal(registry.size, 0);
  assert.equal(sockets.size, 1);
});
