import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collect } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { ask, RawClient, serve, statusOf, textReply } from './raw-client.fixture.ts';

const POST = 'POST / HTTP/1.1\r\nHost: h\r\n';
const tooLarge = (): Error => new FrontdeskError('payload_too_large');

describe('a request body', () => {
  it('fails for its reader when the deadline passes before it is whole', async (test) => {
    const clock = new ManualClock();
    const { port } = await serve(test, {
      clock,
      handle: async (exchange) => {
        exchange.deadline.within(100);
        setImmediate(() => clock.advance(100));
        await collect(exchange.body, 100, tooLarge);
        return textReply('whole');
      },
    });
    const client = new RawClient(port).write(`${POST}Content-Length: 9\r\n\r\nabc`);
    assert.equal(statusOf(await client.until('}')), 504);
    // So little is missing that the connection stays: the rest is read away.
    client.write(`defghi${POST}Content-Length: 0\r\n\r\n`);
    assert.match(await client.until('whole'), /504[\s\S]*200 OK/);
    client.socket.destroy();
  });

  it('flows once', async (test) => {
    const { port } = await serve(test, {
      handle: async (exchange) => {
        await collect(exchange.body, 100, tooLarge);
        assert.throws(() => exchange.body.start({ write: () => true, end() {}, fail() {} }), TypeError);
        return textReply('once');
      },
    });
    assert.match(await ask(port, `${POST}Content-Length: 3\r\nConnection: close\r\n\r\nabc`), /once$/);
  });

  it('gives nothing more to a reader that cancelled, and the connection closes', async (test) => {
    let received = 0;
    const { port } = await serve(test, {
      config: { timeouts: { linger: '50ms' } },
      handle: (exchange) =>
        new Promise((resolve) => {
          const flow = exchange.body.start({
            write(chunk) {
              received += chunk.length;
              queueMicrotask(() => {
                flow.cancel(new Error('enough'));
                resolve(textReply('enough'));
              });
              return true;
            },
            end: () => assert.fail('ended'),
            fail: () => assert.fail('failed'),
          });
        }),
    });
    const client = new RawClient(port).write(`${POST}Content-Length: 500000\r\n\r\nabc`);
    assert.match(await client.until('enough'), /connection: close/i);
    client.write(Buffer.alloc(1000));
    await client.untilEnd();
    assert.equal(received, 3);
  });

  it('has no limit of small chunks, as long as most of it is content', async (test) => {
    const { port } = await serve(test, {
      handle: async (exchange) => textReply(`read ${(await collect(exchange.body, 1e6, tooLarge)).length}`),
    });
    const chunks = '1\r\na\r\n'.repeat(60_000);
    const raw = `${POST}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunks}0\r\n\r\n`;
    assert.match(await ask(port, raw), /read 60000$/);
  });
});
