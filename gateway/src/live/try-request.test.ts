import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { systemClock } from '../core/clock.ts';
import { ManualClock } from '../core/manual-clock.ts';
import { Tries, tryRequest } from './try-request.ts';

async function doorOf(t: TestContext, answer: RequestListener, clock = systemClock) {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const tries = new Tries({ door: () => ({ host: '127.0.0.1', port, secure: false }), clock });
  return { tries, port, server };
}

const GET = tryRequest.parse({ method: 'GET', path: '/a?b=c' });

describe('a request that is tried', () => {
  it('goes to the door as it was written, and is found by its id', async (t) => {
    const seen: unknown[] = [];
    const { tries, port } = await doorOf(t, (request, response) => {
      const { method, url, headers } = request;
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.push([method, url, headers.host, headers['x-a'], Buffer.concat(chunks).toString()]);
        response.setHeader('x-request-id', String(headers['x-request-id']));
        response.end('{"é":1}');
      });
    });
    const sent = { ...GET, method: 'POST', headers: [['X-A', 'b']] as [string, string][], body: '{"x":"é"}' };
    const answer = await tries.send(sent);
    assert.deepEqual(seen, [['POST', '/a?b=c', `127.0.0.1:${port}`, 'b', '{"x":"é"}']]);
    assert.match(answer.id, /^try-[0-9a-f]{16}$/);
    assert.deepEqual([answer.status, answer.body, answer.bytes, answer.cut], [200, '{"é":1}', 8, false]);
    const named = await tries.send({
      ...GET,
      headers: [
        ['host', 'api.example'],
        ['x-request-id', 'mine'],
      ],
    });
    assert.equal(named.id, 'mine');
  });

  it('ends where a tunnel is asked for, however the door answers, and keeps no place', async (t) => {
    const { tries, server } = await doorOf(t, (_request, response) => void response.end());
    server.on('connect', (_request, socket) => socket.end('HTTP/1.1 405 Method Not Allowed\r\n\r\n'));
    for (let i = 0; i < 5; i += 1)
      await assert.rejects(tries.send({ ...GET, method: 'CONNECT' }), { code: 'bad_request' });
  });

  it('is asked nowhere else, whatever its path says', async (t) => {
    const urls: unknown[] = [];
    const { tries } = await doorOf(t, ({ url }, response) => {
      urls.push(url);
      response.end();
    });
    for (const path of ['//evil.example/x', '/@evil.example', '/\\evil']) {
      await tries.send(tryRequest.parse({ method: 'GET', path }));
    }
    assert.deepEqual(urls, ['//evil.example/x', '/@evil.example', '/\\evil']);
    for (const path of ['http://evil.example/', 'evil', '/a b', '/a#b', '/a\r\nx: y'])
      assert.equal(tryRequest.safeParse({ method: 'GET', path }).success, false, path);
    for (const header of [
      ['a b', 'c'],
      ['a', 'b\r\nc: d'],
      ['', 'x'],
    ])
      assert.equal(tryRequest.safeParse({ method: 'GET', path: '/', headers: [header] }).success, false);
    for (const name of ['Connection', 'transfer-encoding', 'Content-Length', 'upgrade'])
      await assert.rejects(tries.send({ ...GET, headers: [[name, '1']] }), { code: 'bad_request' });
  });

  it('shows as much as there is room for, and says so', async (t) => {
    const { tries } = await doorOf(t, (_request, response) => response.end('x'.repeat(400_000)));
    const { body, cut } = await tries.send(GET);
    assert.deepEqual([body.length, cut], [256 * 1_024, true]);
  });

  it('shows of an endless answer what came within its time', async (t) => {
    const clock = new ManualClock();
    const { tries } = await doorOf(
      t,
      (_request, response) => {
        response.write('data: 1\n\n');
        setImmediate(function go() {
          if (clock.pending < 2) setImmediate(go);
          else setTimeout(() => clock.advance(4_000), 30);
        });
      },
      clock,
    );
    const { body, cut, status } = await tries.send(GET);
    assert.deepEqual([status, body, cut], [200, 'data: 1\n\n', true]);
  });

  it('tells bytes from text', async (t) => {
    const { tries } = await doorOf(t, (_request, response) => response.end(Buffer.of(0xff, 0xfe)));
    const { body, bytes, encoding } = await tries.send(GET);
    assert.deepEqual([body, bytes, encoding], ['', 2, undefined]);
  });

  it('is one of four at most, and told where nobody is there', async (t) => {
    const waiting: (() => void)[] = [];
    const { tries } = await doorOf(t, (_request, response) => void waiting.push(() => response.end()));
    const running = Array.from({ length: 4 }, () => tries.send(GET));
    await assert.rejects(tries.send(GET), { code: 'overloaded' });
    while (waiting.length < 4) await new Promise((resolve) => setImmediate(resolve));
    for (const end of waiting) end();
    await Promise.all(running);
    const gone = new Tries({
      door: () => ({ host: '127.0.0.1', port: 1, secure: false }),
      clock: systemClock,
    });
    await assert.rejects(gone.send(GET), { code: 'upstream_connect' });
  });
});
