import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2, { type ServerHttp2Stream } from 'node:http2';
import { after, describe, test } from 'node:test';
import { type Sink, WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { ManualClock } from '../../core/manual-clock.ts';
import { Authority } from '../../core/testing/certificates.ts';
import { coded } from '../../core/testing/errors.ts';
import type { UpstreamReply } from '../../core/upstream-call.ts';
import { deadUrl, HandBody, rawBackend, text } from '../testing/harness.ts';
import {
  dataFrame,
  framesBackend,
  http2Backend,
  http2Transport,
  OK_HEAD,
  replyHead,
  resetFrame,
} from './http2.fixture.ts';
import { call } from './undici.fixture.ts';

const authority = new Authority({ after });

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

  test('interim replies are handed on to who wants them, without what is of the inside', async (t) => {
    const { url } = await http2Backend(t, (stream) => {
      stream.additionalHeaders({ ':status': 103, link: '</a>', server: 'inside/1' });
      stream.additionalHeaders({ ':status': 102, 'x-hint': 'of 102' });
      stream.respond({ ':status': 200 });
      stream.end('ok');
    });
    const heard: unknown[] = [];
    const sending = call();
    sending.interim = { interim: (status, { flat }) => heard.push([status, flat]) };
    assert.equal(await text(await (await http2Transport(t, url)).send(sending)), 'ok');
    assert.deepEqual(heard, [
      [103, ['link', '</a>']],
      [102, []],
    ]);
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
