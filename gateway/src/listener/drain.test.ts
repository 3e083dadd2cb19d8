import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { emptyBody, type Sink } from '../core/body.ts';
import { makeReply, type Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import type { Listener } from './listener.ts';
import { answerOk, RawClient, serve, textReply } from './raw-client.fixture.ts';

const GET = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`;
const QUICK = { drain: { idle: '40ms', grace: '5s' } };

/** One GET by node's own client: the status, or the error's code. */
function fetchOnce(port: number, agent: Agent): Promise<number | string> {
  return new Promise((resolve) => {
    const outgoing = request({ host: '127.0.0.1', port, agent, path: '/' }, (response) => {
      response.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
      response.on('end', () => resolve(response.complete ? (response.statusCode ?? 0) : 'truncated'));
      response.resume();
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    outgoing.end();
  });
}

/** A drain begins when sockets were read once more, and nobody had come. */
async function stoppedAccepting(listener: Listener): Promise<void> {
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  while (listener.listening) await turn();
  await turn();
}

describe('drain', () => {
  it('finishes what is in flight with `Connection: close`, and resolves then', async (test) => {
    const gate = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const { port, listener } = await serve(test, {
      config: QUICK,
      handle: async () => {
        started.resolve();
        await gate.promise;
        return textReply('finished');
      },
    });
    const client = new RawClient(port).write(GET('/'));
    await started.promise;
    const drained = listener.drain();
    assert.equal(listener.draining, true);
    await stoppedAccepting(listener);
    gate.resolve();
    assert.match(await client.untilEnd(), /connection: close[\s\S]*finished$/i);
    assert.deepEqual(await drained, { cut: 0 });
  });

  it('refuses new connections, and answers requests on those that it has', async (test) => {
    const { port, listener } = await serve(test, { config: QUICK });
    const client = new RawClient(port).write(GET('/before'));
    await client.until('/before');
    const drained = listener.drain();
    await stoppedAccepting(listener);
    const refused = connect({ host: '127.0.0.1', port });
    await new Promise((resolve) => refused.once('error', resolve));
    client.write(GET('/during'));
    assert.match(await client.untilEnd(), /connection: close[\s\S]*\/during/i);
    await drained;
  });

  it('closes connections that stay quiet', async (test) => {
    const { port, listener } = await serve(test, { config: QUICK });
    const used = new RawClient(port).write(GET('/'));
    const fresh = new RawClient(port);
    await used.until('OK');
    const drained = listener.drain();
    assert.doesNotMatch(await used.untilEnd(), /connection: close/i);
    await fresh.untilEnd();
    assert.deepEqual(await drained, { cut: 0 });
  });

  it('waits for a request that is still arriving', async (test) => {
    const { port, listener } = await serve(test, { config: { drain: { idle: '1s' } } });
    const client = new RawClient(port).write(GET('/1'));
    await client.until('/1');
    const drained = listener.drain();
    // Half as slow again as a quiet connection is borne, but never as long without a byte.
    for (const part of ['GET /2', ' HTTP/1.1\r\n', 'Ho', 'st: h', '\r\n\r\n']) {
      client.write(part);
      await new Promise((resolve) => setTimeout(resolve, 350));
    }
    assert.match(await client.untilEnd(), /\/2 $/);
    await drained;
  });

  it('lets pipelined requests all be answered before it closes', async (test) => {
    const gate = Promise.withResolvers<void>();
    let seen = 0;
    const bothSeen = Promise.withResolvers<void>();
    const { port, listener } = await serve(test, {
      config: QUICK,
      handle: async (exchange) => {
        seen += 1;
        if (seen === 2) bothSeen.resolve();
        await gate.promise;
        return answerOk(exchange);
      },
    });
    const client = new RawClient(port).write(GET('/1') + GET('/2'));
    await bothSeen.promise;
    const drained = listener.drain();
    await stoppedAccepting(listener);
    gate.resolve();
    const text = await client.untilEnd();
    assert.match(text, /\/1 [\s\S]*connection: close[\s\S]*\/2 $/i);
    await drained;
  });

  it('cuts what outlives the grace, and counts it', async (test) => {
    const started = Promise.withResolvers<void>();
    const { port, listener } = await serve(test, {
      config: QUICK,
      handle: () => {
        started.resolve();
        return new Promise(() => {});
      },
    });
    const client = new RawClient(port).write(GET('/'));
    await started.promise;
    assert.deepEqual(await listener.drain(60), { cut: 1 });
    await client.untilEnd();
  });

  it('lets a stream end, and closes the connection that had promised to stay', async (test) => {
    let sink: Sink | undefined;
    const { port, listener } = await serve(test, {
      config: QUICK,
      handle: async (): Promise<Reply> =>
        makeReply(200, new HeaderFields(), {
          length: undefined,
          replayable: false,
          start(to) {
            sink = to;
            to.write(Buffer.from('first'));
            return { resume() {}, cancel() {} };
          },
          discard: emptyBody.discard,
        }),
    });
    const client = new RawClient(port).write(GET('/'));
    await client.until('first');
    const drained = listener.drain();
    setTimeout(() => {
      sink?.write(Buffer.from('last'));
      sink?.end();
    }, 100);
    assert.match(await client.untilEnd(), /last\r\n0\r\n\r\n$/);
    assert.deepEqual(await drained, { cut: 0 });
  });

  it('takes all who wait to be accepted, of whom node takes one a turn', async (test) => {
    const { port, listener } = await serve(test, { config: QUICK });
    // The system has taken their connections and their requests before our loop comes round.
    const clients = Array.from({ length: 20 }, () => new RawClient(port).write(GET('/')));
    await new Promise((resolve) => process.nextTick(resolve));
    const drained = listener.drain();
    for (const client of clients) assert.match(await client.untilEnd(), /200 OK/);
    assert.deepEqual(await drained, { cut: 0 });
  });

  it('goes on as before while it announces itself', async (test) => {
    const { port, listener } = await serve(test, { config: { drain: { announce: '1s', idle: '20ms' } } });
    const drained = listener.drain();
    assert.equal(listener.draining, true);
    const client = new RawClient(port).write(GET('/'));
    assert.doesNotMatch(await client.until('OK'), /connection: close/i);
    await drained;
  });

  it('loses no request of many kept-alive clients in a loop', async (test) => {
    for (let round = 0; round < 5; round += 1) {
      const { port, listener, exchanges } = await serve(test, {
        config: { drain: { idle: '150ms' } },
        handle: async (exchange) => {
          await new Promise((resolve) => setImmediate(resolve));
          return answerOk(exchange);
        },
      });
      const outcomes = new Map<number | string, number>();
      const warm = Promise.withResolvers<void>();
      const loop = async (): Promise<void> => {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        for (;;) {
          const outcome = await fetchOnce(port, agent);
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
          if (exchanges.length > 500) warm.resolve();
          if (outcome !== 200) break;
        }
        agent.destroy();
      };
      const clients = Array.from({ length: 40 }, loop);
      await warm.promise;
      assert.deepEqual(await listener.drain(), { cut: 0 });
      await Promise.all(clients);
      // Each client ends on a connection refused after its `Connection: close`: never on one that broke.
      assert.deepEqual([...outcomes.keys()].sort(), [200, 'ECONNREFUSED']);
      assert.equal(outcomes.get(200), exchanges.length);
    }
  });
});
