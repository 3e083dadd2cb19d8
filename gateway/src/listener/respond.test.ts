import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { type Body, emptyBody, type Flow, type Sink, WholeBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { makeReply, type Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { ask, RawClient, serve } from './raw-client.fixture.ts';

/** A body in the hands of the test. */
class PushedBody implements Body, Flow {
  readonly length: number | undefined;
  readonly replayable = false;
  readonly started = Promise.withResolvers<Sink>();
  readonly cancelled = Promise.withResolvers<Error>();
  readonly discarded = Promise.withResolvers<Error>();
  onResume: () => void = () => {};

  constructor(length?: number) {
    this.length = length;
  }

  start(sink: Sink): Flow {
    this.started.resolve(sink);
    return this;
  }

  resume(): void {
    this.onResume();
  }

  cancel(reason: Error): void {
    this.cancelled.resolve(reason);
  }

  discard(reason: Error): void {
    this.discarded.resolve(reason);
  }
}

const GET = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n';
const GET_CLOSE = 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
const HEAD_CLOSE = 'HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';

const reply = (status: number, body: Body, flat: string[] = []): Reply =>
  makeReply(status, new HeaderFields(flat), body);

describe('respond', () => {
  it('sends a whole body with its length, and settles with its bytes', async (test) => {
    const made = reply(200, new WholeBody('hello'), [
      'content-length',
      '999',
      'set-cookie',
      'a=1',
      'set-cookie',
      'b=2',
    ]);
    const { port } = await serve(test, { handle: async () => made });
    const text = await ask(port, GET_CLOSE);
    assert.match(text, /\r\ncontent-length: 5\r\n/);
    assert.match(text, /set-cookie: a=1\r\nset-cookie: b=2/);
    assert.match(text, /\r\nDate: /);
    assert.doesNotMatch(text, /x-powered-by|server:/i);
    assert.match(text, /\r\n\r\nhello$/);
    assert.deepEqual(await made.settlement.settled, { kind: 'complete', bytes: 5 });
  });

  it('never lets a reply say how its connection is framed', async (test) => {
    const { port } = await serve(test, {
      handle: async () =>
        reply(200, new WholeBody('x'), [
          'transfer-encoding',
          'chunked',
          'connection',
          'upgrade',
          'upgrade',
          'h2c',
          'te',
          'x',
        ]),
    });
    const text = await ask(port, GET_CLOSE);
    assert.doesNotMatch(text, /chunked|upgrade|\r\nte:/i);
  });

  it('sends no body with HEAD, 204 and 304, whatever the reply holds', async (test) => {
    let status = 200;
    let body: Body = new WholeBody('hello');
    let flat: string[] = [];
    const { port } = await serve(test, { handle: async () => reply(status, body, flat) });
    assert.match(await ask(port, HEAD_CLOSE), /content-length: 5\r\n[\s\S]*\r\n\r\n$/);
    body = emptyBody;
    flat = ['content-length', '1234'];
    assert.match(await ask(port, HEAD_CLOSE), /content-length: 1234\r\n[\s\S]*\r\n\r\n$/);
    status = 304;
    assert.match(
      await ask(port, GET_CLOSE),
      /304 Not Modified[\s\S]*content-length: 1234\r\n[\s\S]*\r\n\r\n$/,
    );
    status = 204;
    const pushed = new PushedBody();
    body = pushed;
    assert.doesNotMatch(await ask(port, GET_CLOSE), /content-length|chunked/);
    await pushed.discarded.promise;
  });

  it('streams: head at once, then chunks, and the end', async (test) => {
    const body = new PushedBody();
    const made = reply(200, body);
    const { port } = await serve(test, { handle: async () => made });
    const client = new RawClient(port).write(GET);
    assert.match(await client.until('\r\n\r\n'), /Transfer-Encoding: chunked/);
    const sink = await body.started.promise;
    sink.write(Buffer.from('one'));
    await client.until('3\r\none\r\n');
    sink.write(Buffer.from('three'));
    sink.end();
    await client.until('5\r\nthree\r\n0\r\n\r\n');
    assert.deepEqual(await made.settlement.settled, { kind: 'complete', bytes: 8 });
    client.socket.destroy();
  });

  it('D58: waits for a slow reader instead of buffering for it', async (test) => {
    const size = 10 * 1024 * 1024;
    const chunk = Buffer.alloc(16 * 1024);
    const body = new PushedBody(size);
    const made = reply(200, body);
    const { port } = await serve(test, { handle: async () => made });
    const client = new RawClient(port);
    client.socket.pause();
    client.write(GET);
    const sink = await body.started.promise;
    let written = 0;
    const push = (): boolean => {
      while (written < size) {
        written += chunk.length;
        if (!sink.write(chunk)) return false;
      }
      sink.end();
      return true;
    };
    // Whenever it is told to wait, the source waits; what it could write by then fits the sockets' buffers.
    const resumed: number[] = [];
    let wake = Promise.withResolvers<void>();
    body.onResume = () => {
      resumed.push(written);
      wake.resolve();
    };
    assert.equal(push(), false);
    let stalledAt = -1;
    while (stalledAt !== written) {
      stalledAt = written;
      await Promise.race([wake.promise, new Promise((resolve) => setImmediate(resolve))]);
      if (resumed.length > 0) {
        resumed.length = 0;
        wake = Promise.withResolvers<void>();
        push();
      }
    }
    assert.ok(written < size / 1.5, `${written} bytes taken from the source for a client that reads nothing`);
    body.onResume = push;
    client.socket.resume();
    if (resumed.length > 0) push();
    const outcome = await made.settlement.settled;
    assert.deepEqual(outcome, { kind: 'complete', bytes: size });
    client.socket.destroy();
  });

  it('D58: cuts a reader that takes nothing', async (test) => {
    for (const body of [new WholeBody(new Uint8Array(20 * 1024 * 1024)), new PushedBody()]) {
      const made = reply(200, body);
      const { port } = await serve(test, {
        handle: async () => made,
        config: { timeouts: { send: '100ms' } },
      });
      const client = new RawClient(port);
      client.socket.pause();
      client.write(GET);
      if (body instanceof PushedBody) {
        const sink = await body.started.promise;
        const chunk = new Uint8Array(1024 * 1024);
        const push = (): void => {
          while (sink.write(chunk));
        };
        body.onResume = push;
        push();
        await body.cancelled.promise;
      }
      assert.equal((await made.settlement.settled).kind, 'aborted');
      client.socket.destroy();
    }
  });

  it('lets a reader that is slow but reads have all the time it takes', async (test) => {
    const size = 12 * 1024 * 1024;
    const made = reply(200, new WholeBody(new Uint8Array(size)));
    const { port } = await serve(test, { handle: async () => made, config: { timeouts: { send: '300ms' } } });
    const client = new RawClient(port);
    let read = 0;
    client.socket.removeAllListeners('data');
    client.socket.on('data', (chunk) => {
      read += chunk.length;
      client.socket.pause();
      // About a second for all: several times what a reader is borne that takes nothing.
      setTimeout(() => client.socket.resume(), 5);
    });
    client.write(GET_CLOSE);
    await once(client.socket, 'end');
    assert.ok(read > size);
    assert.equal((await made.settlement.settled).kind, 'complete');
    client.socket.destroy();
  });

  it('A26: breaks the connection of a body that breaks, so that no client takes it for whole', async (test) => {
    const failure = new FrontdeskError('upstream_reset');
    for (const length of [undefined, 10]) {
      for (const request of [GET, 'GET / HTTP/1.0\r\n\r\n']) {
        const body = new PushedBody(length);
        const made = reply(200, body);
        const { port, exchanges } = await serve(test, { handle: async () => made });
        const client = new RawClient(port).write(request);
        const sink = await body.started.promise;
        sink.write(Buffer.from('half'));
        await client.until('half');
        sink.fail(failure);
        await once(client.socket, 'close').catch(() => {});
        assert.equal(client.error?.code, 'ECONNRESET');
        assert.deepEqual(await made.settlement.settled, { kind: 'failed', bytes: 4, error: failure });
        assert.equal(exchanges[0]?.error, failure);
      }
    }
  });

  it('A26: breaks the connection of a body that is shorter or longer than it promised', async (test) => {
    for (const content of ['short', 'much too long']) {
      const body = new PushedBody(10);
      const made = reply(200, body);
      const { port } = await serve(test, { handle: async () => made });
      const client = new RawClient(port).write(GET);
      const sink = await body.started.promise;
      sink.write(Buffer.from(content));
      sink.end();
      const outcome = await made.settlement.settled;
      assert.equal(outcome.kind, 'failed');
      await client.untilEnd().catch(() => {});
      assert.doesNotMatch(client.text, /long/);
    }
  });

  it('D69: cancels the body of a client that leaves, and settles as aborted', async (test) => {
    const body = new PushedBody();
    const made = reply(200, body);
    const { port, exchanges } = await serve(test, { handle: async () => made });
    const client = new RawClient(port).write(GET);
    (await body.started.promise).write(Buffer.from('half'));
    await client.until('half');
    client.socket.destroy();
    const reason = await body.cancelled.promise;
    assert.ok(reason instanceof FrontdeskError && reason.code === 'client_closed');
    const outcome = await made.settlement.settled;
    assert.equal(outcome.kind, 'aborted');
    assert.equal(outcome.bytes, 4);
    assert.equal(exchanges[0]?.cancellation.cancelled, true);
  });

  it('discards the reply to a client that has left already', async (test) => {
    const body = new PushedBody();
    const made = reply(200, body);
    const started = Promise.withResolvers<void>();
    const { port } = await serve(test, {
      handle: async (exchange) => {
        started.resolve();
        await new Promise<void>((resolve) => exchange.cancellation.onCancel(() => resolve()));
        return made;
      },
    });
    const client = new RawClient(port).write(GET);
    await started.promise;
    client.socket.destroy();
    await body.discarded.promise;
    assert.equal((await made.settlement.settled).kind, 'aborted');
  });

  it('keeps the order of pipelined streams, and settles those that are never sent', async (test) => {
    const bodies = [new PushedBody(), new PushedBody()];
    const replies = bodies.map((body) => reply(200, body));
    let next = 0;
    const { port } = await serve(test, { handle: async () => replies[next++] ?? reply(500, emptyBody) });
    const client = new RawClient(port).write(GET + GET);
    const [first, second] = await Promise.all(bodies.map((body) => body.started.promise));
    second?.write(Buffer.from('second'));
    first?.write(Buffer.from('first'));
    await client.until('first');
    assert.doesNotMatch(client.text, /second/);
    client.socket.destroy();
    for (const made of replies) assert.equal((await made.settlement.settled).kind, 'aborted');
    for (const body of bodies) await body.cancelled.promise;
  });
});

describe('interim replies', () => {
  const hints = new HeaderFields(['link', '</a>']);

  it('go out before the head, never after it', async (test) => {
    const { port } = await serve(test, {
      handle: async (exchange) => {
        const { interim: sink } = exchange;
        sink?.interim(103, hints);
        setImmediate(() => sink?.interim(103, hints));
        return reply(200, new WholeBody('final'));
      },
    });
    const text = await ask(port, GET_CLOSE);
    assert.match(text, /^HTTP\/1\.1 103 Early Hints\r\nlink: <\/a>\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    assert.equal(text.split('Early Hints').length, 2);
  });

  it('are dropped while replies to earlier requests are to come', async (test) => {
    const second = Promise.withResolvers<void>();
    const { port } = await serve(test, {
      handle: async (exchange) => {
        if (exchange.path === '/first') await second.promise;
        else {
          exchange.interim?.interim(103, hints);
          second.resolve();
        }
        return reply(200, new WholeBody(exchange.path));
      },
    });
    const text = await ask(
      port,
      'GET /first HTTP/1.1\r\nHost: h\r\n\r\nGET /second HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
    );
    assert.match(text, /\/first[\s\S]*\/second$/);
    assert.doesNotMatch(text, /Early Hints/);
  });
});
