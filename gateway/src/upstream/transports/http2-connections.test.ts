import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2, { type ServerHttp2Stream } from 'node:http2';
import https from 'node:https';
import { after, describe, test } from 'node:test';
import { WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { Authority } from '../../core/testing/certificates.ts';
import { coded } from '../../core/testing/errors.ts';
import { parseEndpointUrl } from '../endpoints/endpoint-url.ts';
import { context, HandBody, text } from '../testing/harness.ts';
import { framesBackend, http2Backend, http2Transport } from './http2.fixture.ts';
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
