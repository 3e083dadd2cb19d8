import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2, { type ServerHttp2Stream } from 'node:http2';
import https from 'node:https';
import { after, describe, test } from 'node:test';
import { type Sink, WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { Authority } from '../../core/testing/certificates.ts';
import { coded } from '../../core/testing/errors.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import { parseEndpointUrl } from '../endpoint-url.ts';
import { context, deadUrl, HandBody, rawBackend, text } from '../testing/harness.ts';
import {
  dataFrame,
  framesBackend,
  http2Backend,
  http2Transport,
  OK_HEAD,
  replyHead,
  resetFrame,
} from './http2.fixture.ts';
import { upstreamTlsConfig } from './tls-config.ts';
import { loadTlsIdentity } from './tls-identity.ts';
import { call, transport } from './undici.fixture.ts';

const authority = new Authority({ after });
const issued = authority.issue('server');
const trusted = loadTlsIdentity(upstreamTlsConfig.parse({ ca: authority.caFile }));

/** Echoes the body. */
function echo(stream: ServerHttp2Stream): void {
  stream.respond({ ':status': 200 });
  stream.pipe(stream);
}

function listen(reply: UpstreamReply): {
  over: Promise<HeaderFields | Error | undefined>;
  bytes: () => number;
} {
  let bytes = 0;
  const { promise, resolve } = Promise.withResolvers<HeaderFields | Error | undefined>();
  const sink: Sink = {
    write: (chunk) => {
      bytes += chunk.length;
      return true;
    },
    end: resolve,
    fail: resolve,
  };
  reply.body.start(sink);
  return { over: promise, bytes: () => bytes };
}

describe('a request and its reply', () => {
  test('in the clear, by prior knowledge: fields, path and body both ways', async (t) => {
    let seen: http2.IncomingHttpHeaders = {};
    const { url } = await http2Backend(t, (stream, headers) => {
      seen = headers;
      stream.respond({
        ':status': 201,
        'x-reply': 'a',
        'set-cookie': ['a=1', 'b=2'],
        location: `${url}/base/x`,
      });
      stream.end('made');
    });
    const headers = new HeaderFields(['x-one', '1', 'x-one', '2', 'connection', 'close']);
    const body = new WholeBody('hello');
    const reply = await http2Transport(t, `${url}/base`).send(
      call({ method: 'POST', path: '/users?a=b', headers, body }),
    );
    assert.equal(reply.status, 201);
    assert.deepEqual(reply.headers.getAll('set-cookie'), ['a=1', 'b=2']);
    assert.equal(reply.headers.get('location'), '/x');
    assert.equal(await text(reply), 'made');
    assert.deepEqual(await reply.settled, { kind: 'complete', bytes: 4 });
    assert.equal(seen[':path'], '/base/users?a=b');
    assert.equal(seen[':authority'], new URL(url).host);
    assert.equal(seen['content-length'], '5');
    assert.equal(seen['x-one'], '1, 2');
    assert.equal(seen.te, 'trailers');
    assert.equal(seen.connection, undefined);
  });

  test('a body that streams, both ways, in bounded memory', async (t) => {
    const { url } = await http2Backend(t, echo);
    const body = new HandBody();
    const sent = http2Transport(t, url).send(call({ method: 'POST', body }));
    const sink = await body.started;
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let left = 256;
    const push = (): void => {
      while (left > 0) {
        left -= 1;
        if (!sink.write(chunk)) return;
      }
      if (left === 0) {
        left -= 1;
        sink.end();
      }
    };
    body.onResume = push;
    push();
    const reply = await sent;
    const heard = listen(reply);
    assert.equal(await heard.over, undefined);
    assert.equal(heard.bytes(), 256 * chunk.length);
    assert.ok(body.resumes > 0, 'the sender was held back');
  });

  test('a receiver that says wait holds the backend back, and misses nothing', async (t) => {
    let sent = 0;
    const { url } = await http2Backend(t, (stream) => {
      stream.respond({ ':status': 200 });
      stream.resume();
      const push = (): void => {
        while (sent < 8 * 1024 * 1024) {
          sent += 64 * 1024;
          if (!stream.write(Buffer.alloc(64 * 1024))) return;
        }
        stream.end();
      };
      stream.on('drain', push);
      push();
    });
    const reply = await http2Transport(t, url).send(call());
    let received = 0;
    let free = false;
    const ended = Promise.withResolvers<void>();
    const flow = reply.body.start({
      write: (chunk) => {
        received += chunk.length;
        return free;
      },
      end: () => ended.resolve(),
      fail: ended.reject,
    });
    // Until nothing moves any more.
    let before = -1;
    while (before !== sent) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.ok(received <= 64 * 1024, `${received}`);
    assert.ok(sent < 2 * 1024 * 1024, `the backend got rid of ${sent} bytes`);
    free = true;
    flow.resume();
    await ended.promise;
    assert.equal(received, 8 * 1024 * 1024);
  });

  test('trailers, both ways', async (t) => {
    let seen: unknown;
    const { url } = await http2Backend(t, (stream) => {
      stream.on('trailers', (trailers) => {
        seen = trailers['x-checksum'];
      });
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'x-sum': 'abc' }));
      stream.resume();
      stream.on('end', () => stream.end('done'));
    });
    const body = new HandBody();
    const sent = http2Transport(t, url).send(call({ method: 'POST', body }));
    const sink = await body.started;
    sink.write(Buffer.from('hello'));
    sink.end(new HeaderFields(['x-checksum', '1']));
    const heard = await listen(await sent).over;
    assert.ok(heard instanceof HeaderFields);
    assert.deepEqual(heard.flat, ['grpc-status', '0', 'x-sum', 'abc']);
    assert.equal(seen, '1');
  });

  test('a reply that is all head is settled without being asked for', async (t) => {
    const { url } = await http2Backend(t, (stream) => {
      stream.respond({ ':status': 204, 'grpc-status': '5' }, { endStream: true });
    });
    const reply = await http2Transport(t, url).send(call());
    assert.deepEqual(await reply.settled, { kind: 'complete', bytes: 0 });
    assert.equal(reply.headers.get('grpc-status'), '5');
  });

  test('over a Unix socket', async (t) => {
    const path = `${authority.folder}/h2.sock`;
    const server = http2.createServer();
    server.on('stream', (stream, headers) => {
      stream.respond({ ':status': 200 });
      stream.end(headers[':authority']);
    });
    server.listen(path);
    await once(server, 'listening');
    const one = http2Transport(t, `unix:${path}`);
    assert.equal(await text(await one.send(call())), 'localhost');
    await one.close();
    server.close();
  });
});

describe('what breaks', () => {
  test('nobody listens, or somebody who speaks no HTTP/2', async (t) => {
    const lost = call();
    await assert.rejects(http2Transport(t, await deadUrl()).send(lost), coded('upstream_connect'));
    assert.equal(lost.sent, false);
    const old = await rawBackend(t, (socket) =>
      socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')),
    );
    const refused = call();
    await assert.rejects(http2Transport(t, old).send(refused), coded('upstream_connect'));
    assert.equal(refused.sent, false);
  });

  test('a server that says nothing at all is left when the time to connect is over', async (t) => {
    const clock = new ManualClock();
    const accepted = Promise.withResolvers<void>();
    const url = await rawBackend(t, () => accepted.resolve());
    const sent = http2Transport(t, url, { clock }).send(call());
    await accepted.promise;
    clock.advance(1000);
    await assert.rejects(sent, coded('upstream_connect'));
  });

  for (const [what, code, expected] of [
    ['gives up', http2.constants.NGHTTP2_INTERNAL_ERROR, 'upstream_reset'],
    ['cancels', http2.constants.NGHTTP2_CANCEL, 'upstream_reset'],
    ['resets without an error', http2.constants.NGHTTP2_NO_ERROR, 'upstream_reset'],
    ['finds fault', http2.constants.NGHTTP2_PROTOCOL_ERROR, 'upstream_invalid'],
  ] as const) {
    test(`the backend ${what} before its head`, async (t) => {
      const { url } = await http2Backend(t, (stream) => stream.close(code));
      await assert.rejects(http2Transport(t, url).send(call()), coded(expected));
    });

    test(`the backend ${what} before its head, byte by byte`, async (t) => {
      const url = await framesBackend(t, resetFrame(code));
      await assert.rejects(http2Transport(t, url).send(call()), coded(expected));
    });

    test(`the backend ${what} within its body: it fails, once`, async (t) => {
      const url = await framesBackend(t, OK_HEAD, dataFrame('half'), resetFrame(code));
      const reply = await http2Transport(t, url).send(call());
      const how = await listen(reply).over;
      assert.ok(how instanceof FrontdeskError, 'it must not look whole');
      assert.equal((await reply.settled).kind, 'failed');
    });
  }

  test('a reset without an error after all that was promised is an end', async (t) => {
    const head = replyHead(0x0f, 0x0d, 1, 0x34);
    const url = await framesBackend(t, head, dataFrame('full'), resetFrame(http2.constants.NGHTTP2_NO_ERROR));
    const reply = await http2Transport(t, url).send(call());
    assert.equal(await text(reply), 'full');
  });

  test('fewer bytes than were promised', async (t) => {
    const { url } = await http2Backend(t, (stream) => {
      stream.respond({ ':status': 200, 'content-length': '10' });
      stream.end('half');
    });
    const reply = await http2Transport(t, url).send(call());
    assert.ok((await listen(reply).over) instanceof FrontdeskError);
  });

  test('the connection breaks within a body', async (t) => {
    const { url, sessions } = await http2Backend(t, (stream) => {
      stream.respond({ ':status': 200 });
      stream.write('half');
    });
    const reply = await http2Transport(t, url).send(call());
    const heard = listen(reply);
    sessions[0]?.socket.destroy();
    assert.ok((await heard.over) instanceof FrontdeskError);
  });

  test('header fields past the limit, and interim replies without end', async (t) => {
    const { url } = await http2Backend(t, (stream, headers) => {
      if (headers[':path'] === '/large') {
        stream.respond({ ':status': 200, 'x-large': 'x'.repeat(20_000) });
        stream.end();
      } else for (let i = 0; i < 20; i += 1) stream.additionalHeaders({ ':status': 103 });
    });
    const one = http2Transport(t, url);
    await assert.rejects(one.send(call({ path: '/large' })), coded('upstream_invalid'));
    await assert.rejects(one.send(call({ path: '/interim' })), coded('upstream_invalid'));
  });

  test('a reply past the limit is cut, silence within a body ends it', async (t) => {
    const { url, streams } = await http2Backend(t, (stream) => {
      stream.respond({ ':status': 200 });
      stream.write(Buffer.alloc(5000));
    });
    const reply = await http2Transport(t, url, { maxReplyBytes: 4999 }).send(call());
    await assert.rejects(text(reply), coded('upstream_too_large'));
    const clock = new ManualClock();
    const quiet = await http2Transport(t, url, { clock, idleMs: 50 }).send(call());
    const heard = listen(quiet);
    clock.advance(50);
    const how = await heard.over;
    assert.ok(how instanceof FrontdeskError && how.code === 'upstream_timeout');
    assert.equal(streams.length, 2);
  });
});

describe('cancellation frees the backend', () => {
  test('before the head, and while the body flows', async (t) => {
    const arrived: PromiseWithResolvers<ServerHttp2Stream>[] = [
      Promise.withResolvers(),
      Promise.withResolvers(),
    ];
    let next = 0;
    const { url } = await http2Backend(t, (stream) => {
      if (next === 1) {
        stream.respond({ ':status': 200 });
        stream.write('half');
      }
      arrived[next]?.resolve(stream);
      next += 1;
    });
    const one = http2Transport(t, url);
    const caller = context();
    const head = one.send(call({ context: caller }));
    const first = await arrived[0]?.promise;
    const gone = first && once(first, 'close');
    caller.cancellation.cancel(new FrontdeskError('client_closed'));
    await assert.rejects(head, coded('client_closed'));
    await gone;
    const reply = await one.send(call());
    const second = await arrived[1]?.promise;
    const left = second && once(second, 'close');
    reply.body
      .start({ write: () => true, end: () => assert.fail(), fail: assert.fail })
      .cancel(new Error('enough'));
    await left;
    assert.equal((await reply.settled).kind, 'aborted');
    assert.equal(second?.rstCode, http2.constants.NGHTTP2_CANCEL);
  });

  test('a request body that breaks resets its stream', async (t) => {
    const arrived = Promise.withResolvers<ServerHttp2Stream>();
    const { url } = await http2Backend(t, (stream) => arrived.resolve(stream));
    const body = new HandBody();
    const sent = http2Transport(t, url).send(call({ method: 'POST', body }));
    const sink = await body.started;
    sink.write(Buffer.from('half'));
    const stream = await arrived.promise;
    const closed = once(stream, 'close');
    sink.fail(new FrontdeskError('client_closed'));
    await assert.rejects(sent, coded('client_closed'));
    await closed;
    assert.equal(stream.rstCode, http2.constants.NGHTTP2_CANCEL);
  });

  test('an answer before the end of the request stops the request', async (t) => {
    const { url } = await http2Backend(t, (stream) => {
      stream.respond({ ':status': 413 });
      stream.end('no');
    });
    const body = new HandBody();
    const sent = http2Transport(t, url).send(call({ method: 'POST', body }));
    const sink = await body.started;
    sink.write(Buffer.from('half'));
    const reply = await sent;
    assert.equal(reply.status, 413);
    assert.equal(await text(reply), 'no');
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(body.cancelled);
  });
});

describe('connections', () => {
  test('one carries many calls; another is opened for what the backend does not let on the first', async (t) => {
    const waiting: ServerHttp2Stream[] = [];
    const { url, sessions } = await http2Backend(t, (stream) => void waiting.push(stream), {
      settings: { maxConcurrentStreams: 2 },
    });
    const one = http2Transport(t, url, { connections: 2 });
    const sent = Array.from({ length: 5 }, () => one.send(call()));
    while (waiting.length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(sessions.length, 2);
    for (const stream of waiting.splice(0)) {
      stream.respond({ ':status': 200 });
      stream.end('ok');
    }
    while (waiting.length < 1) {
      await Promise.race(sent.map(async (reply) => text(await reply).catch(() => '')));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    waiting[0]?.respond({ ':status': 200 });
    waiting[0]?.end('ok');
    for (const reply of await Promise.all(sent)) assert.equal(reply.status, 200);
    assert.equal(sessions.length, 2);
  });

  test('a GOAWAY: what was not looked at goes to a new connection, whatever its method', async (t) => {
    let served = 0;
    const { url, sessions } = await http2Backend(t, (stream) => {
      served += 1;
      const { session } = stream;
      if (served === 1) {
        // The first is finished, the second was never seen.
        session?.goaway(http2.constants.NGHTTP2_NO_ERROR, stream.id);
        setTimeout(() => {
          stream.respond({ ':status': 200 });
          stream.end('first');
        }, 20);
        return;
      }
      if (session === sessions[0]) return;
      stream.respond({ ':status': 200 });
      stream.end('again');
    });
    const one = http2Transport(t, url);
    const post = { method: 'POST', body: new WholeBody('x') };
    const [first, second] = await Promise.all([one.send(call(post)), one.send(call(post))]);
    assert.equal(await text(first), 'first');
    assert.equal(await text(second), 'again');
    assert.equal(sessions.length, 2);
  });

  test('a refused stream is sent again once, and then counts as not sent', async (t) => {
    let refused = 0;
    const { url } = await http2Backend(t, (stream) => {
      refused += 1;
      stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
    });
    const post = call({ method: 'POST', body: new WholeBody('x') });
    await assert.rejects(http2Transport(t, url).send(post), coded('upstream_reset'));
    assert.equal(refused, 2);
    assert.equal(post.sent, false);
  });

  test('a connection that died in silence is found out, and left', async (t) => {
    const clock = new ManualClock();
    // It takes requests, and answers nothing: no ping either.
    const one = http2Transport(t, await framesBackend(t), { clock });
    const [stuck, other] = [call(), call()];
    const sent = [one.send(stuck), one.send(other)] as const;
    while (!other.sent) await new Promise((resolve) => setTimeout(resolve, 5));
    stuck.running?.abort(new FrontdeskError('upstream_timeout'));
    await assert.rejects(sent[0], coded('upstream_timeout'));
    clock.advance(1000);
    await assert.rejects(sent[1], coded('upstream_reset'));
  });

  test('closing waits for what runs, and leaves no connection', async (t) => {
    const arrived = Promise.withResolvers<ServerHttp2Stream>();
    const { url, sessions } = await http2Backend(t, (stream) => arrived.resolve(stream));
    const one = http2Transport(t, url);
    const sent = one.send(call());
    const stream = await arrived.promise;
    let closed = false;
    const closing = one.close().then(() => {
      closed = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(closed, false);
    stream.respond({ ':status': 200 });
    stream.end('bye');
    assert.equal(await text(await sent), 'bye');
    await closing;
    assert.ok(sessions[0]?.closed || sessions[0]?.destroyed);
  });

  test('an unused connection is left after a while', async (t) => {
    const clock = new ManualClock();
    const { url, sessions } = await http2Backend(t, echo);
    const one = http2Transport(t, url, { clock });
    await text(await one.send(call()));
    const [session] = sessions;
    const closed = session && once(session, 'close');
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(4000);
    await closed;
    await text(await one.send(call()));
    assert.equal(sessions.length, 2);
  });
});

describe('over TLS', () => {
  test('by ALPN, with the upstream’s identity; a backend without HTTP/2 is refused', async (t) => {
    const { url } = await http2Backend(t, echo, { issued });
    const to = (place: string) => ({ destination: { address: parseEndpointUrl(place), tls: trusted } });
    const body = new WholeBody('hello');
    const reply = await http2Transport(t, url, to(url)).send(call({ method: 'POST', body }));
    assert.equal(await text(reply), 'hello');
    await assert.rejects(http2Transport(t, url).send(call()), coded('upstream_connect'));
  });

  test('where the backend may choose, HTTP/1.1 is spoken with one that has nothing else', async (t) => {
    const server = https.createServer({ cert: issued.cert, key: issued.key }, (req, res) => {
      res.end(`HTTP/${req.httpVersion}`);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    const old = `https://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
    const { url } = await http2Backend(
      t,
      (stream) => stream.respond({ ':status': 204 }, { endStream: true }),
      {
        issued,
      },
    );
    const either = (place: string) => {
      const destination = { address: parseEndpointUrl(place), tls: trusted };
      return http2Transport(t, place, { destination, http1: transport(t, place, { destination }) });
    };
    assert.equal((await either(url).send(call())).status, 204);
    const one = either(old);
    const replies = await Promise.all([one.send(call()), one.send(call())]);
    for (const reply of replies) assert.equal(await text(reply), 'HTTP/1.1');
    assert.equal(await text(await one.send(call())), 'HTTP/1.1');
  });
});
