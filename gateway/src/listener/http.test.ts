import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { type Body, collect, type Flow, type Sink } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { type Exchange, makeReply, type Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { canonicalAddress } from './connections.ts';
import { ListenError } from './listen-error.ts';
import { answerOk, ask, RawClient, serve, statusOf, textReply } from './raw-client.fixture.ts';

const GET = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`;
const tooLarge = (): Error => new FrontdeskError('payload_too_large');

async function readAll(exchange: Exchange): Promise<Reply> {
  return textReply(`read ${(await collect(exchange.body, 1e8, tooLarge)).length}`);
}

/** A body of unknown length, in the hands of `started`. */
function streamedTo(started: (sink: Sink) => void): Body {
  const flow: Flow = { resume() {}, cancel() {} };
  return {
    length: undefined,
    replayable: false,
    start(sink) {
      started(sink);
      return flow;
    },
    discard() {},
  };
}

describe('listening', () => {
  it('says which port is taken and which option changes it', async (test) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    test.after(() => other.close());
    const address = other.address();
    assert.ok(address && typeof address === 'object');
    await assert.rejects(serve(test, { config: { port: address.port } }), (error) => {
      assert.ok(error instanceof ListenError);
      assert.equal(error.code, 'EADDRINUSE');
      assert.equal(
        error.message,
        `port ${address.port} on 127.0.0.1 is already in use: choose another with listen.port or --port`,
      );
      return true;
    });
  });

  it('drops connections past its limit, and takes new ones when others left', async (test) => {
    const drops: unknown[] = [];
    const { port } = await serve(test, {
      config: { limits: { connections: 2 } },
      meter: {
        counter:
          (spec) =>
          (value, ...labels) =>
            drops.push([spec.name, value, ...labels]),
        gauge: () => () => {},
        histogram: () => () => {},
      },
    });
    const kept = [new RawClient(port).write(GET('/')), new RawClient(port).write(GET('/'))];
    for (const client of kept) await client.until('OK GET');
    await ask(port, '').catch(() => '');
    assert.deepEqual(drops, [['frontdesk_listener_connections_dropped_total', 1, 'test']]);
    kept[0]?.write('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    await kept[0]?.untilEnd();
    assert.equal(statusOf(await ask(port, 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')), 200);
    kept[1]?.socket.destroy();
  });

  it('reads an IPv4 client that came through IPv6 as IPv4', () => {
    assert.equal(canonicalAddress('::ffff:10.0.0.1'), '10.0.0.1');
    assert.equal(canonicalAddress('::1'), '::1');
  });
});

describe('requests', () => {
  it('keeps a connection, and closes it in good order after its share of requests', async (test) => {
    const { port, exchanges } = await serve(test, { config: { limits: { requestsPerConnection: 3 } } });
    const client = new RawClient(port);
    client.write(GET('/1'));
    await client.until('/1');
    client.write(GET('/2'));
    await client.until('/2');
    assert.doesNotMatch(client.text, /connection: close/i);
    client.write(GET('/3'));
    assert.match(await client.untilEnd(), /connection: close[\s\S]*\/3/i);
    assert.equal(exchanges.length, 3);
  });

  it('answers pipelined requests in their order', async (test) => {
    const gates = new Map<string, () => void>();
    const { port } = await serve(test, {
      handle: async (exchange) => {
        if (exchange.path === '/slow') await new Promise<void>((open) => gates.set(exchange.path, open));
        else gates.get('/slow')?.();
        return answerOk(exchange);
      },
    });
    const client = new RawClient(port).write(GET('/slow') + GET('/fast'));
    const text = await client.until('/fast');
    assert.ok(text.indexOf('/slow') < text.indexOf('/fast'));
    client.socket.destroy();
  });

  it('refuses more pipelined requests than it bears, after the answers to those before', async (test) => {
    const { port, exchanges } = await serve(test, { config: { limits: { pipelined: 2 } } });
    const text = await ask(port, GET('/1') + GET('/2') + GET('/3') + GET('/4'));
    assert.deepEqual(
      [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => match[1]),
      ['200', '200', '503'],
    );
    assert.equal(exchanges.length, 2);
  });

  it('A15: answers what came before a malformed request, then closes', async (test) => {
    const { port, exchanges } = await serve(test);
    const text = await ask(port, `${GET('/1')}nonsense\r\n\r\n${GET('/2')}`);
    assert.match(text, /^HTTP\/1\.1 200 [\s\S]*connection: close[\s\S]*\/1 $/i);
    assert.equal(exchanges.length, 1);
    const refusedSecond = await ask(port, `${GET('/1')}GET //x HTTP/1.1\r\nHost: h\r\n\r\n${GET('/2')}`);
    assert.deepEqual(
      [...refusedSecond.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => match[1]),
      ['200', '400'],
    );
    assert.equal(exchanges.length, 2);
  });

  it('A15: answers what came before a CONNECT, then closes', async (test) => {
    const { port, exchanges } = await serve(test);
    const connect = 'CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n';
    assert.match(await ask(port, GET('/1') + connect), /^HTTP\/1\.1 200 [\s\S]*connection: close/i);
    assert.equal(statusOf(await ask(port, GET('//') + connect)), 400);
    assert.equal(exchanges.length, 1);
  });

  it('A15: never looks at what follows a reply that closes, nor at what follows noise', async (test) => {
    for (const [perConnection, noise] of [
      [1, GET('/2')],
      [9, `noise\r\n\r\n${GET('/2')}`],
    ] as const) {
      const started = Promise.withResolvers<Sink>();
      const { port, exchanges } = await serve(test, {
        config: { limits: { requestsPerConnection: perConnection } },
        handle: async () => makeReply(200, new HeaderFields(), streamedTo(started.resolve)),
      });
      const client = new RawClient(port).write(GET('/1'));
      const sink = await started.promise;
      await client.until('\r\n\r\n');
      client.write(noise);
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      sink.end();
      assert.match(await client.untilEnd(), /^HTTP\/1\.1 200 (?![\s\S]*HTTP)[\s\S]*\r\n0\r\n\r\n$/);
      assert.equal(exchanges.length, 1);
    }
  });

  it('A10: sees every field, where so many are allowed', async (test) => {
    const { port, exchanges } = await serve(test, {
      config: { limits: { headerCount: 3000 } },
      handle: readAll,
    });
    const fields = Array.from({ length: 2100 }, (_, i) => `a${i}:1\r\n`).join('');
    const raw = `POST / HTTP/1.1\r\nHost: h\r\n${fields}Content-Length: 3\r\nConnection: close\r\n\r\nabc`;
    assert.match(await ask(port, raw), /read 3$/);
    assert.equal(exchanges[0]?.body.length, 3);
    assert.equal(exchanges[0]?.headers.size, 2103);
  });

  it('gives bodies as they arrive, with their length where it is known', async (test) => {
    const { port, exchanges } = await serve(test, { handle: readAll });
    const client = new RawClient(port).write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nabc');
    client.write('def');
    await client.until('read 6');
    assert.equal(exchanges[0]?.body.length, 6);
    assert.equal(exchanges[0]?.body.replayable, false);
    assert.equal(exchanges[0]?.requestBytes, 6);
    client.write(GET('/'));
    await client.until('read 0');
    assert.equal(exchanges[1]?.body.length, 0);
    client.socket.destroy();
  });

  it('holds back a sender whose receiver waits', async (test) => {
    const size = 8 * 1024 * 1024;
    let resume = (): void => {};
    let received = 0;
    const started = Promise.withResolvers<void>();
    const { port } = await serve(test, {
      handle: (exchange) => {
        const { promise, resolve } = Promise.withResolvers<Reply>();
        let paused = false;
        const flow = exchange.body.start({
          write(chunk) {
            received += chunk.length;
            if (paused) return true;
            paused = true;
            started.resolve();
            return false;
          },
          end: () => resolve(textReply(`read ${received}`)),
          fail() {},
        });
        resume = () => flow.resume();
        return promise;
      },
    });
    const client = new RawClient(port);
    client.write(`POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${size}\r\n\r\n`);
    const flushed = client.socket.write(Buffer.alloc(size));
    await started.promise;
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(flushed, false);
    assert.ok(received <= 64 * 1024, `${received} bytes came although the receiver waits`);
    resume();
    await client.until(`read ${size}`);
    client.socket.destroy();
  });

  it('A16: asks for a body with 100 Continue when it is read, and not before', async (test) => {
    const { port } = await serve(test, {
      handle: (exchange) => (exchange.path === '/read' ? readAll(exchange) : answerOk(exchange)),
    });
    const head = (path: string): string =>
      `POST ${path} HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n`;
    const client = new RawClient(port).write(head('/read'));
    await client.until('HTTP/1.1 100 Continue\r\n\r\n');
    client.write('abc');
    await client.until('read 3');
    client.socket.destroy();
    const unread = await ask(port, head('/other'));
    assert.match(unread, /^HTTP\/1\.1 200 [\s\S]*connection: close/i);
  });

  it('D69: tells whoever works for a request that its client left', async (test) => {
    const reasons: string[] = [];
    const left = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const { port } = await serve(test, {
      handle: (exchange) => {
        exchange.cancellation.onCancel((reason) => {
          if (reason instanceof FrontdeskError) reasons.push(reason.code);
          left.resolve();
        });
        started.resolve();
        return new Promise(() => {});
      },
    });
    const client = new RawClient(port).write(GET('/'));
    await started.promise;
    client.socket.resetAndDestroy();
    await left.promise;
    assert.deepEqual(reasons, ['client_closed']);
  });

  it('D69: fails the body of a client that leaves in the middle of it', async (test) => {
    const failed = Promise.withResolvers<Error>();
    const started = Promise.withResolvers<void>();
    const { port } = await serve(test, {
      handle: (exchange) => {
        const write = (): boolean => {
          started.resolve();
          return true;
        };
        exchange.body.start({ write, end() {}, fail: failed.resolve });
        return new Promise(() => {});
      },
    });
    const client = new RawClient(port).write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc');
    await started.promise;
    client.socket.destroy();
    const error = await failed.promise;
    assert.ok(error instanceof FrontdeskError && error.code === 'client_closed');
  });

  it('D56 D57: gives a slow head and a slow body 408', async (test) => {
    const { port, exchanges } = await serve(test, {
      handle: readAll,
      config: { timeouts: { headers: '100ms', request: '200ms' } },
    });
    assert.equal(statusOf(await ask(port, 'GET / HTTP/1.1\r\nHo')), 408);
    assert.equal(exchanges.length, 0);
    assert.equal(
      statusOf(await ask(port, 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc')),
      408,
    );
  });

  it('reads a small unwanted body away and keeps the connection', async (test) => {
    const { port } = await serve(test);
    const client = new RawClient(port).write('POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nabc');
    await client.until('/1');
    client.write(`def${GET('/2')}`);
    assert.doesNotMatch(await client.until('/2'), /connection: close/i);
    client.socket.destroy();
  });

  it('lets the sender of a large unwanted body read the reply before it closes', async (test) => {
    const { port } = await serve(test, {
      handle: async () => textReply('no', 413),
      config: { timeouts: { linger: '200ms' } },
    });
    const client = new RawClient(port);
    client.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n');
    client.write(Buffer.alloc(150_000));
    await client.until('\r\nno');
    client.write(Buffer.alloc(150_000));
    assert.match(await client.untilEnd(), /^HTTP\/1\.1 413 [\s\S]*connection: close/i);
    assert.equal(client.error, undefined);
  });

  it('answers for a handler that fails or replies with what HTTP cannot say', async (test) => {
    const logged: unknown[] = [];
    const { port } = await serve(test, {
      handle: async (exchange) => {
        if (exchange.path === '/throws') throw new Error('secret of the database');
        const reply = textReply('x', exchange.path === '/status' ? 101 : 200);
        if (exchange.path === '/split') reply.headers.set('x-a', 'b\r\nset-cookie: c=d');
        return reply;
      },
      logger: { debug() {}, info() {}, warn() {}, error: (fields) => logged.push(fields.detail) },
    });
    for (const path of ['/throws', '/split', '/status']) {
      const client = new RawClient(port).write(GET(path));
      const text = await client.until('}');
      assert.equal(statusOf(text), 500, path);
      assert.doesNotMatch(text, /secret|set-cookie/);
      client.socket.destroy();
    }
    assert.equal(logged.length, 3);
  });

  it('hands an unsound request to `refuse` where there is one, and never to `handle`', async (test) => {
    const refusals: string[] = [];
    const { port, exchanges } = await serve(test, {
      refuse: async (exchange, error) => {
        refusals.push(`${error.code} ${exchange.target}`);
        return textReply('refused', error.status);
      },
    });
    assert.match(await ask(port, GET('//x')), /^HTTP\/1\.1 400 [\s\S]*refused$/);
    assert.deepEqual(refusals, ['bad_request //x']);
    assert.equal(exchanges.length, 0);
  });
});
