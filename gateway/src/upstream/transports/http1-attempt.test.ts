import assert from 'node:assert/strict';
import { once } from 'node:events';
import type http from 'node:http';
import { describe, test } from 'node:test';
import type { Sink } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { coded } from '../../core/testing/errors.ts';
import { backend, context, deadUrl, rawBackend, says, text } from '../testing/harness.ts';
import { call, transport } from './undici.fixture.ts';

/** Collects what a sink hears. */
class Ear implements Sink {
  chunks: Buffer[] = [];
  readonly over: Promise<'end' | Error>;
  #resolve: (how: 'end' | Error) => void;
  heard = 0;
  constructor() {
    const { promise, resolve } = Promise.withResolvers<'end' | Error>();
    this.over = promise;
    this.#resolve = resolve;
  }
  write(chunk: Uint8Array): boolean {
    this.chunks.push(Buffer.from(chunk));
    return true;
  }
  end(): void {
    this.heard += 1;
    this.#resolve('end');
  }
  fail(error: Error): void {
    this.heard += 1;
    this.#resolve(error);
  }
}

describe('what breaks', () => {
  test('nobody listens', async (t) => {
    const sent = call();
    await assert.rejects(transport(t, await deadUrl()).send(sent), coded('upstream_connect'));
    assert.equal(sent.sent, false);
  });

  test('the connection breaks before a byte came', async (t) => {
    const url = await rawBackend(t, (socket) => socket.on('data', () => socket.resetAndDestroy()));
    const sent = call();
    await assert.rejects(transport(t, url).send(sent), coded('upstream_reset'));
    assert.equal(sent.sent, true);
    assert.equal(sent.connectionReused, false);
  });

  test('a connection that served before is told apart from a new one', async (t) => {
    let requests = 0;
    const url = await rawBackend(t, (socket) =>
      socket.on('data', () => {
        requests += 1;
        if (requests === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
        else socket.resetAndDestroy();
      }),
    );
    const one = transport(t, url);
    await text(await one.send(call()));
    await new Promise((resolve) => setImmediate(resolve));
    const second = call();
    await assert.rejects(one.send(second), coded('upstream_reset'));
    assert.equal(second.connectionReused, true);
  });

  const breaches: Record<string, string> = {
    'no HTTP': 'SSH-2.0-OpenSSH\r\n',
    'length and chunks together':
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc',
    'a bare line feed in a value': 'HTTP/1.1 200 OK\r\nX: a\nb\r\n\r\n',
    'NUL in a value': 'HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n',
    'too many header bytes': `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`,
    'an upgrade nobody asked for':
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
  };
  for (const [what, bytes] of Object.entries(breaches)) {
    test(`the reply breaks the protocol: ${what}`, async (t) => {
      const url = await rawBackend(t, says(bytes));
      await assert.rejects(transport(t, url).send(call()), coded('upstream_invalid'));
    });
  }

  const truncated: Record<string, (socket: import('node:net').Socket) => void> = {
    'shorter than its length': (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'),
    'a chunk is missing': (socket) =>
      socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab'),
    'reset in mid-body': (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', () =>
        setImmediate(() => socket.resetAndDestroy()),
      );
    },
    'reset where only the close would tell the end': (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf', () =>
        setImmediate(() => socket.resetAndDestroy()),
      );
    },
  };
  for (const [what, answer] of Object.entries(truncated)) {
    test(`the reply is truncated: ${what}: its body fails, once`, async (t) => {
      const url = await rawBackend(t, (socket) => socket.once('data', () => answer(socket)));
      const reply = await transport(t, url).send(call());
      const ear = new Ear();
      reply.body.start(ear);
      const how = await ear.over;
      assert.ok(how instanceof FrontdeskError, 'it must not look whole');
      const outcome = await reply.settled;
      assert.equal(outcome.kind, 'failed');
      assert.equal(ear.heard, 1);
    });
  }

  test('a body that ends with its connection is whole when that is closed in peace', async (t) => {
    const url = await rawBackend(t, (socket) =>
      socket.once('data', () => socket.end('HTTP/1.0 200 OK\r\n\r\nwhole')),
    );
    const reply = await transport(t, url).send(call());
    assert.equal(await text(reply), 'whole');
    assert.equal((await reply.settled).kind, 'complete');
  });

  test('silence within a body ends it', async (t) => {
    const url = await rawBackend(t, says('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'));
    const reply = await transport(t, url, { idleMs: 50 }).send(call());
    await assert.rejects(text(reply), coded('upstream_timeout'));
    assert.equal((await reply.settled).kind, 'failed');
  });

  test('a reply past the limit is cut', async (t) => {
    const url = await backend(t, (_req, res) => res.end(Buffer.alloc(5000)));
    const reply = await transport(t, url, { maxReplyBytes: 4999 }).send(call());
    await assert.rejects(text(reply), coded('upstream_too_large'));
  });

  test('an unasked second answer reaches nobody', async (t) => {
    const reply = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood';
    const poison = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil';
    const url = await rawBackend(t, (socket) => socket.once('data', () => socket.write(reply + poison)));
    const one = transport(t, url);
    assert.equal(await text(await one.send(call())), 'good');
    assert.equal(await text(await one.send(call())), 'good', 'by another connection');
  });
});

describe('cancellation', () => {
  test('before the head: the backend’s connection closes', async (t) => {
    const arrived = Promise.withResolvers<http.IncomingMessage>();
    const url = await backend(t, (req) => arrived.resolve(req));
    const caller = context();
    const head = transport(t, url).send(call({ context: caller }));
    const req = await arrived.promise;
    const closed = once(req.socket, 'close');
    caller.cancellation.cancel(new FrontdeskError('client_closed'));
    await assert.rejects(head, coded('client_closed'));
    await closed;
  });

  test('before there was a connection, and before it began', async (t) => {
    const url = await backend(t, (_req, res) => res.end());
    const one = transport(t, url);
    const caller = context();
    const head = one.send(call({ context: caller }));
    caller.cancellation.cancel(new FrontdeskError('client_closed'));
    await assert.rejects(head, coded('client_closed'));
    await assert.rejects(one.send(call({ context: caller })), coded('client_closed'));
    assert.equal(await text(await one.send(call())), '');
  });

  test('in mid-body by the receiver: settled as aborted, the sink hears nothing more', async (t) => {
    const arrived = Promise.withResolvers<http.IncomingMessage>();
    const url = await backend(t, (req, res) => {
      arrived.resolve(req);
      res.write('half');
    });
    const reply = await transport(t, url).send(call());
    const ear = new Ear();
    const flow = reply.body.start(ear);
    const req = await arrived.promise;
    const closed = once(req.socket, 'close');
    flow.cancel(new FrontdeskError('client_closed'));
    assert.equal((await reply.settled).kind, 'aborted');
    await closed;
    assert.equal(ear.heard, 0);
  });

  test('in mid-body by the deadline: the backend’s failure', async (t) => {
    const url = await rawBackend(t, says('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'));
    const caller = context({ deadlineMs: 60 });
    const reply = await transport(t, url).send(call({ context: caller }));
    await assert.rejects(text(reply), coded('deadline_exceeded'));
    assert.equal((await reply.settled).kind, 'failed');
  });

  test('a reply nobody wants: a short one is read to its end and its connection kept', async (t) => {
    const sockets = new Set<unknown>();
    const unwanted = Promise.withResolvers<void>();
    const url = await backend(t, (req, res) => {
      sockets.add(req.socket);
      res.writeHead(503, { 'content-length': '5' });
      res.write('ab');
      void unwanted.promise.then(() => res.end('cde'));
    });
    const one = transport(t, url);
    const reply = await one.send(call());
    reply.body.discard(new FrontdeskError('upstream_error'));
    unwanted.resolve();
    assert.equal((await reply.settled).kind, 'aborted');
    await new Promise((resolve) => setImmediate(resolve));
    await text(await one.send(call()));
    assert.equal(sockets.size, 1);
  });

  test('a reply nobody wants: a long one is cut', async (t) => {
    const arrived = Promise.withResolvers<http.IncomingMessage>();
    const url = await backend(t, (req, res) => {
      arrived.resolve(req);
      res.write('without end');
    });
    const reply = await transport(t, url).send(call());
    const req = await arrived.promise;
    const closed = once(req.socket, 'close');
    reply.body.discard(new FrontdeskError('upstream_error'));
    assert.equal((await reply.settled).kind, 'aborted');
    await closed;
  });
});

test('nothing is listened for after the end', async (t) => {
  const url = await backend(t, (_req, res) => res.end('ok'));
  const caller = context();
  const one = transport(t, url);
  const reply = await one.send(call({ context: caller }));
  await reply.settled;
  caller.cancellation.cancel(new FrontdeskError('client_closed'));
  assert.equal(await text(reply), 'ok', 'the bytes were there before the cancellation');
});
