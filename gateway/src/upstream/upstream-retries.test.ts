/** Retries through the whole chain, where the bucket, the breaker and the balancer see every attempt. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import { describe, test } from 'node:test';
import { WholeBody } from '../core/body.ts';
import { HeaderFields } from '../core/headers.ts';
import { coded } from '../core/testing/errors.ts';
import { backend, context, deadUrl, HandBody, rawBackend, request, rig, text } from './testing/harness.ts';

describe('retries', () => {
  test('an idempotent call is tried again after a 503, elsewhere, and the first answer is forgotten', async (t) => {
    const hits: string[] = [];
    const serve = (name: string) =>
      backend(t, (_req, res) => {
        hits.push(name);
        if (hits.length === 1) res.writeHead(503).end('no');
        else res.end('yes');
      });
    const targets = [{ url: await serve('a') }, { url: await serve('b') }];
    const upstreams = rig(t, { users: { targets } });
    const caller = context();
    const reply = await upstreams.call(request({ context: caller }));
    assert.equal(await text(reply), 'yes');
    assert.equal(new Set(hits).size, 2, 'another endpoint');
    assert.deepEqual(
      caller.timeline.spans.map((span) => [span.attempt, span.outcome]),
      [
        [1, 'status'],
        [2, 'ok'],
      ],
    );
    assert.equal(
      upstreams.view().reduce((sum, one) => sum + one.inFlight, 0),
      0,
    );
  });

  test('a POST is not, unless it says that it may', async (t) => {
    let hits = 0;
    const url = await backend(t, (req, res) => {
      hits += 1;
      req.resume();
      res.writeHead(503).end();
    });
    const { call } = rig(t, { users: { url } });
    const body = new WholeBody('x');
    await text(await call(request({ method: 'POST', body })));
    assert.equal(hits, 1);
    await text(await call(request({ method: 'POST', body, idempotent: true })));
    assert.equal(hits, 3);
    await text(
      await call(request({ method: 'POST', body, headers: new HeaderFields(['idempotency-key', 'k']) })),
    );
    assert.equal(hits, 5);
  });

  test('a short streaming body of an idempotent call is kept for the next attempt', async (t) => {
    const bodies: string[] = [];
    const url = await backend(t, (req, res) => {
      let body = '';
      req.on('data', (chunk) => {
        body += chunk;
      });
      req.on('end', () => {
        bodies.push(body);
        res.writeHead(bodies.length === 1 ? 502 : 200).end();
      });
    });
    const { call } = rig(t, { users: { url } });
    const body = new HandBody(5);
    const head = call(request({ method: 'PUT', body }));
    const sink = await body.started;
    sink.write(Buffer.from('hello'));
    sink.end();
    assert.equal((await head).status, 200);
    assert.deepEqual(bodies, ['hello', 'hello']);
  });

  test('a connection that never came about may be tried again by anything, its body unspent', async (t) => {
    const url = await backend(t, (req, res) => req.pipe(res));
    const targets = [{ url: await deadUrl() }, { url }];
    const { call } = rig(t, { users: { targets, balance: 'round-robin' } });
    const body = new HandBody();
    const head = call(request({ method: 'POST', body }));
    const sink = await body.started;
    sink.write(Buffer.from('once'));
    sink.end();
    assert.equal(await text(await head), 'once');
  });

  test('where it fails for good, a body that nobody started is dropped', async (t) => {
    const { call } = rig(t, { users: { url: await deadUrl() } });
    const body = new HandBody();
    await assert.rejects(call(request({ method: 'POST', body })), coded('upstream_connect'));
    assert.ok(body.discarded);
  });

  test('an idle close that crosses a request is forgiven once, even without retries', async (t) => {
    let requests = 0;
    const url = await rawBackend(t, (socket) =>
      socket.on('data', () => {
        requests += 1;
        if (requests === 2) socket.resetAndDestroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      }),
    );
    const { call } = rig(t, { users: { url, retry: { max: 0 } } });
    await text(await call(request()));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await text(await call(request())), 'ok');
    assert.equal(requests, 3);
  });

  test('the same over HTTP/2; what is not idempotent is never sent again (RFC 9112 §9.3.1)', async (t) => {
    let requests = 0;
    const server = http2.createServer();
    server.on('stream', (stream) => {
      requests += 1;
      if (requests % 2 === 0) stream.session?.destroy();
      else {
        stream.respond({ ':status': 200 });
        stream.end('ok');
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const url = `http://127.0.0.1:${port}`;
    const { call } = rig(t, { users: { url, protocol: 'http2', retry: { max: 0 } } });
    await text(await call(request()));
    assert.equal(await text(await call(request())), 'ok');
    assert.equal(requests, 3);
    const post = request({ method: 'POST', body: new WholeBody('x') });
    await assert.rejects(call(post), coded('upstream_reset'));
    assert.equal(requests, 4);
  });

  test('never after the head', async (t) => {
    let hits = 0;
    const url = await rawBackend(t, (socket) =>
      socket.once('data', () => {
        hits += 1;
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
      }),
    );
    const { call } = rig(t, { users: { url } });
    await assert.rejects(text(await call(request())), coded('upstream_reset'));
    assert.equal(hits, 1);
  });

  test('a backend that is down costs little more than its traffic: amplification ≤ 1.2', async (t) => {
    let hits = 0;
    const url = await backend(t, (_req, res) => {
      hits += 1;
      res.writeHead(503).end();
    });
    const { call } = rig(t, { users: { url, breaker: { enabled: false } } });
    for (let i = 0; i < 200; i += 1) await text(await call(request()));
    assert.ok(hits <= 240, `${hits} attempts for 200 calls`);
    assert.ok(hits > 200);
  });
});
