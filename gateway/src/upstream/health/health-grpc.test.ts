import assert from 'node:assert/strict';
import http2 from 'node:http2';
import net from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { systemClock } from '../../core/clock.ts';
import { systemContext } from '../outgoing/system-context.ts';
import { backend, deadUrl } from '../testing/harness.ts';
import { grpcProbe } from './health-grpc.ts';

interface Asked {
  readonly path: string | undefined;
  readonly type: string | undefined;
  readonly body: Buffer;
}

/** A gRPC server that answers with these bytes and this status; without bytes, with the status alone. */
async function server(
  t: TestContext,
  message: Buffer | undefined,
  status: string,
): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const made = http2.createServer();
  const sessions = new Set<http2.ServerHttp2Session>();
  made.on('session', (session) => sessions.add(session));
  made.on('stream', (stream, fields) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      asked.push({
        path: fields[':path'],
        type: fields['content-type'],
        body: Buffer.concat(chunks),
      });
      const head = { ':status': 200, 'content-type': 'application/grpc' };
      if (!message) {
        stream.respond({ ...head, 'grpc-status': status }, { endStream: true });
        return;
      }
      stream.respond(head, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status }));
      stream.end(message);
    });
  });
  made.listen(0, '127.0.0.1');
  await new Promise((resolve) => made.once('listening', resolve));
  t.after(() => {
    for (const session of sessions) session.destroy();
    made.close();
  });
  const address = made.address();
  assert.ok(address !== null && typeof address !== 'string');
  return { url: `http://127.0.0.1:${address.port}`, asked };
}

async function ask(url: string, service = '', deadlineMs = 2000): Promise<string> {
  const { hostname, port } = new URL(url);
  const context = systemContext({ clock: systemClock, deadlineMs });
  try {
    await grpcProbe(() => net.connect(Number(port), hostname), url, service)(context);
    return 'well';
  } catch (error) {
    assert.ok(error instanceof Error);
    return error.message;
  } finally {
    context.deadline.end();
  }
}

const reply = (...bytes: number[]): Buffer => Buffer.from([0, 0, 0, 0, bytes.length, ...bytes]);

describe('by grpc.health.v1.Health/Check', () => {
  test('the service is named; SERVING is well', async (t) => {
    const { url, asked } = await server(t, reply(0x08, 1), '0');
    assert.equal(await ask(url, 'shop.Orders'), 'well');
    assert.equal(await ask(url), 'well');
    const [named, whole] = asked;
    assert.equal(named?.path, '/grpc.health.v1.Health/Check');
    assert.equal(named?.type, 'application/grpc');
    assert.deepEqual(
      named?.body,
      Buffer.concat([Buffer.from([0, 0, 0, 0, 13, 0x0a, 11]), Buffer.from('shop.Orders')]),
    );
    assert.deepEqual(whole?.body, Buffer.from([0, 0, 0, 0, 0]), 'the whole server: an empty message');
  });

  test('a long name has a long length', async (t) => {
    const { url, asked } = await server(t, reply(0x08, 1), '0');
    const name = 'a'.repeat(200);
    assert.equal(await ask(url, name), 'well');
    assert.deepEqual(asked[0]?.body.subarray(5, 8), Buffer.from([0x0a, 0xc8, 0x01]));
  });

  test('everything else is not', async (t) => {
    for (const [message, status, says] of [
      [reply(0x08, 2), '0', /NOT_SERVING/],
      [reply(0x08, 3), '0', /SERVICE_UNKNOWN/],
      [reply(), '0', /UNKNOWN/],
      [reply(0x10, 1), '0', /UNKNOWN/],
      [undefined, '5', /knows no service "a"/],
      [undefined, '12', /grpc-status 12/],
      [Buffer.alloc(5000), '0', /too long/],
    ] as const) {
      const { url } = await server(t, message, status);
      assert.match(await ask(url, 'a'), says);
    }
  });

  test('nobody there, no HTTP/2 and no answer in time', async (t) => {
    assert.match(await ask(await deadUrl()), /ECONNREFUSED/);
    const http1 = await backend(t, (_req, res) => res.end('hello'));
    assert.notEqual(await ask(http1), 'well');
    const silent = net.createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    t.after(() => silent.close());
    const address = silent.address();
    assert.ok(address !== null && typeof address !== 'string');
    assert.notEqual(await ask(`http://127.0.0.1:${address.port}`, '', 50), 'well');
  });
});
