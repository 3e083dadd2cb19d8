/** Interim replies (RFC 9110 §15.2, RFC 8297) through a whole gateway, from real backends to real clients. */
import assert from 'node:assert/strict';
import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { gateway, httpBackend } from './proxied.fixture.ts';

type Hint = readonly [status: number, headers: Record<string, unknown>];

interface Heard {
  readonly hints: Hint[];
  readonly status: number | undefined;
  readonly headers: Record<string, unknown>;
}

function ask(host: string, path: string, agent = new Agent()): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const hints: Hint[] = [];
    const asked = request(`http://${host}${path}`, { agent }, (reply) => {
      reply.resume();
      reply.on('end', () => {
        agent.destroy();
        resolve({ hints, status: reply.statusCode, headers: reply.headers });
      });
    });
    asked.on('information', ({ statusCode, headers }) => hints.push([statusCode, headers]));
    asked.on('error', reject);
    asked.end();
  });
}

const LINK = '</a.css>; rel=preload';

function hintThenAnswer(_request: IncomingMessage, response: ServerResponse): void {
  response.writeProcessing();
  response.writeEarlyHints({ link: LINK, 'x-hint': 'yes', server: 'inside/1', 'set-cookie': 'a=1' });
  response.writeHead(200, { 'cache-control': 'max-age=60' });
  response.end('ok');
}

async function through(
  t: TestContext,
  handle: typeof hintThenAnswer,
  upstream: object = {},
  route: object = {},
): Promise<string> {
  const { url } = await httpBackend(t, handle);
  const { host } = await gateway(t, {
    upstreams: { shop: { url, ...upstream } },
    routes: [{ match: { path: '/*' }, to: { upstream: 'shop' }, auth: 'none', limit: 'unlimited', ...route }],
  });
  return host;
}

describe('interim replies', () => {
  it('102 and 103 reach the client, without what is of the inside or of the final reply alone', async (t) => {
    const { hints, status, headers } = await ask(await through(t, hintThenAnswer), '/');
    assert.deepEqual(hints, [
      [102, {}],
      [103, { link: LINK, 'x-hint': 'yes' }],
    ]);
    assert.equal(status, 200);
    assert.equal(headers['x-hint'], undefined);
  });

  it('a client of HTTP/1.0 gets the final reply alone', async (t) => {
    const host = await through(t, hintThenAnswer);
    const socket = connect(Number(host.split(':')[1]), '127.0.0.1');
    socket.write('GET / HTTP/1.0\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
    assert.doesNotMatch(text, /HTTP\/1\.1 10/);
  });

  it('of several attempts only the first is heard', async (t) => {
    let asked = 0;
    const flaky = (incoming: IncomingMessage, response: ServerResponse): void => {
      asked += 1;
      if (asked > 1) {
        hintThenAnswer(incoming, response);
        return;
      }
      response.writeEarlyHints({ link: '</first>' });
      setImmediate(() => response.socket?.resetAndDestroy());
    };
    const host = await through(t, flaky, { retry: { max: 2 } });
    const { hints, status } = await ask(host, '/');
    assert.equal(status, 200);
    assert.deepEqual(hints, [[103, { link: '</first>' }]]);
    assert.equal(asked, 2);
  });

  it('what is answered from a cache has none', async (t) => {
    const host = await through(t, hintThenAnswer, { cache: true });
    assert.equal((await ask(host, '/page')).hints.length, 2);
    const { hints, headers } = await ask(host, '/page');
    assert.match(String(headers['cache-status']), /hit/);
    assert.deepEqual(hints, []);
  });

  it('a route that changes replies passes none on: they would say what it takes away', async (t) => {
    const rules = { response: { headers: { remove: ['x-hint'] } } };
    const { hints, status } = await ask(await through(t, hintThenAnswer, {}, rules), '/');
    assert.equal(status, 200);
    assert.deepEqual(hints, []);
  });
});
