import assert from 'node:assert/strict';
import http2, { type ServerHttp2Stream } from 'node:http2';
import { describe, type TestContext, test } from 'node:test';
import { type Body, WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import type { CallContext } from '../../core/exchange.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { coded } from '../../core/testing/errors.ts';
import { context, rawBackend, text } from '../testing/harness.ts';
import { frame, http2Backend, http2Transport, settledBackend } from './http2.fixture.ts';
import { call } from './undici.fixture.ts';

// Places on connections: who waits for one, who gives it back, and when another connection is opened.

describe('a backend that bears one call at a time', () => {
  /** Gives the first connection to an HTTP/2 server and drops the others at once. */
  async function oneConnection(t: TestContext) {
    const streams: ServerHttp2Stream[] = [];
    const server = http2.createServer({ settings: { maxConcurrentStreams: 1 } });
    server.on('stream', (stream) => void streams.push(stream));
    let connections = 0;
    const url = await rawBackend(t, (socket) => {
      connections += 1;
      if (connections === 1) server.emit('connection', socket);
      else socket.destroy();
    });
    return { url, streams, connections: () => connections };
  }

  test('is not asked for further connections as fast as it refuses them', async (t) => {
    const clock = new ManualClock();
    const { url, streams, connections } = await oneConnection(t);
    const one = http2Transport(t, url, { clock });
    const sent = [one.send(call()), one.send(call())];
    while (streams.length < 1 || connections() < 2) await new Promise((resolve) => setImmediate(resolve));
    for (let i = 0; i < 300; i += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(connections(), 2);
    clock.advance(500);
    while (connections() < 3) await new Promise((resolve) => setImmediate(resolve));
    streams[0]?.respond({ ':status': 200 }, { endStream: true });
    while (streams.length < 2) await new Promise((resolve) => setImmediate(resolve));
    streams[1]?.respond({ ':status': 201 }, { endStream: true });
    assert.deepEqual(
      (await Promise.all(sent)).map(({ status }) => status),
      [200, 201],
    );
  });

  test('a call that gives up while it waits for its turn is forgotten, and the transport closes', async (t) => {
    const { url, streams } = await oneConnection(t);
    const one = http2Transport(t, url, { connections: 1 });
    const first = one.send(call());
    while (streams.length < 1) await new Promise((resolve) => setImmediate(resolve));
    const caller = context();
    const second = one.send(call({ context: caller }));
    const closing = one.close();
    caller.cancellation.cancel(new FrontdeskError('client_closed'));
    await assert.rejects(second, coded('client_closed'));
    // It ends with the first call's stream: nobody else is waited for.
    streams[0]?.respond({ ':status': 200 }, { endStream: true });
    assert.equal((await first).status, 200);
    await closing;
    assert.equal(streams.length, 1);
  });
});

test('a connection is replaced after so many requests, and none of them is lost', async (t) => {
  const { url, sessions } = await http2Backend(t, (stream) => {
    stream.respond({ ':status': 200 });
    stream.pipe(stream);
  });
  const one = http2Transport(t, url, { maxStreamsEver: 2 });
  for (let i = 0; i < 5; i += 1) {
    const reply = await one.send(call({ method: 'POST', body: new WholeBody(`${i}`) }));
    assert.equal(await text(reply), `${i}`);
  }
  assert.equal(sessions.length, 3);
});

test('a backend that goes with its answer loses none of those who wait for a place there', async (t) => {
  const oneAtATime = Buffer.from([0, 3, 0, 0, 0, 1]);
  const answer = frame(1, 5, 1, Buffer.from([0x88]));
  const goaway = frame(7, 0, 0, Buffer.from([0, 0, 0, 1, 0, 0, 0, 0]));
  const url = await settledBackend(t, oneAtATime, Buffer.concat([answer, goaway]));
  const one = http2Transport(t, url, { connections: 1 });
  const replies = await Promise.all(Array.from({ length: 4 }, () => one.send(call())));
  assert.deepEqual(
    replies.map(({ status }) => status),
    [200, 200, 200, 200],
  );
});

describe('a reply that is here and that nobody reads gives its place on the connection back', () => {
  const unread: readonly (readonly [string, (body: Body, caller: CallContext) => void])[] = [
    ['dropped', (body) => body.discard(new Error('unwanted'))],
    ['its causer left', (_, caller) => caller.cancellation.cancel(new FrontdeskError('client_closed'))],
    [
      'left in its middle',
      (body) => {
        const flow = body.start({ write: () => false, end() {}, fail() {} });
        setImmediate(() => flow.cancel(new Error('enough')));
      },
    ],
  ];
  for (const [how, leave] of unread) {
    test(how, async (t) => {
      const { url } = await http2Backend(
        t,
        (stream) => {
          stream.respond({ ':status': 503 });
          stream.write('x'.repeat(20_000));
          stream.end('y');
        },
        { settings: { maxConcurrentStreams: 1 } },
      );
      const one = http2Transport(t, url, { connections: 1 });
      for (let i = 0; i < 3; i += 1) {
        const caller = context();
        const { body } = await one.send(call({ context: caller }));
        // All of it is here before anybody looks at it.
        for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        leave(body, caller);
      }
      await one.close();
    });
  }
});
