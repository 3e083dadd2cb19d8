/**
 * Plugins beside what goes on: gRPC calls, WebSockets, event streams. Each step runs once, when it begins; what
 * fails is named in the caller's own protocol; and where a step fails on the way back, nothing is left open behind it.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import grpc from '@grpc/grpc-js';
import { Authority } from '../core/testing/certificates.ts';
import type { PluginMiddleware } from '../plugin/definition.ts';
import { FACES, plugins, scripted, throws, throwsAfter } from './noting-plugins.fixture.ts';
import {
  client,
  closing,
  type Gateway,
  gateway,
  httpBackend,
  message,
  refusal,
  socketBackend,
} from './proxied.fixture.ts';

const stamps: PluginMiddleware = async (request, next) => {
  request.headers.set('x-stamp', 'stamped');
  const reply = await next();
  reply.headers.set('x-answered', 'yes');
  return reply;
};
async function failuresOf(at: Gateway): Promise<string[]> {
  const lines = (await at.metrics()).split('\n');
  return lines.filter((line) => line.startsWith('frontdesk_plugin_failures_total{')).sort();
}

test('gRPC: once a call, however many messages; a failure is a status that names the plugin, and the backend is let go', async (t) => {
  const { ran, does, passOn } = scripted(t);
  const authority = new Authority(t);
  const { certFile, keyFile } = authority.issue('gateway');
  const asIs = (bytes: Buffer): Buffer => bytes;
  const serialized = { requestSerialize: asIs, requestDeserialize: asIs };
  const kinds = { ...serialized, responseSerialize: asIs, responseDeserialize: asIs };
  const talk = { ...kinds, path: '/test.Echo/Talk', requestStream: true, responseStream: true };
  const server = new grpc.Server();
  let cancelled = Promise.withResolvers<void>();
  const stamped: unknown[] = [];
  const Talk = (call: grpc.ServerDuplexStream<Buffer, Buffer>) => {
    stamped.push(call.metadata.get('x-stamp')[0]);
    call.on('cancelled', () => cancelled.resolve());
    call.on('data', (part: Buffer) => call.write(Buffer.from(`${part}?`)));
    call.on('end', () => call.end());
  };
  server.addService({ Talk: talk }, { Talk });
  const port = await new Promise<number>((resolve, reject) => {
    const open = grpc.ServerCredentials.createInsecure();
    server.bindAsync('127.0.0.1:0', open, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  t.after(() => server.forceShutdown());
  const at = await gateway(t, {
    listen: {
      host: '127.0.0.1',
      port: 0,
      tls: { cert: certFile, key: keyFile },
      http2: true,
      drain: { idle: '20ms', grace: '500ms' },
    },
    upstreams: { echo: { url: `http://127.0.0.1:${port}`, protocol: 'http2' } },
    routes: [{ match: { path: '/test.Echo/*' }, to: { upstream: 'echo' }, auth: 'none', limit: 'unlimited' }],
    plugins,
  });
  const credentials = grpc.credentials.createSsl(Buffer.from(authority.ca));
  const caller = new grpc.Client(`localhost:${at.host.split(':')[1]}`, credentials);
  t.after(() => caller.close());
  const called = async () => {
    const call = caller.makeBidiStreamRequest(talk.path, asIs, asIs);
    const ended = new Promise<grpc.StatusObject>((resolve) => call.on('status', resolve));
    const answers: string[] = [];
    let head: grpc.Metadata | undefined;
    call.on('metadata', (fields) => {
      head = fields;
    });
    call.on('error', () => {});
    call.on('data', (part: Buffer) => {
      answers.push(String(part));
      if (answers.length < 3) call.write(Buffer.from(String(answers.length)));
      else call.end();
    });
    call.write(Buffer.from('0'));
    const { code, details } = await ended;
    return { code, details, answers, answered: head?.get('x-answered') };
  };

  does.seen = stamps;
  const whole = { code: 0, details: 'OK', answers: ['0?', '1?', '2?'], answered: ['yes'] };
  assert.deepEqual(await called(), whole);
  assert.deepEqual([ran, stamped], [['request /test.Echo/*', 'call echo'], ['stamped']]);

  const failed = (name: string) => `A plugin of the gateway failed: ${name} (threw)`;
  for (const face of FACES) {
    passOn()[face] = throws;
    const { code, details } = await called();
    assert.deepEqual([code, details], [grpc.status.INTERNAL, failed(face)]);
    assert.equal(stamped.length, 1, 'the backend was not asked');
  }
  for (const face of FACES) {
    cancelled = Promise.withResolvers();
    passOn()[face] = throwsAfter;
    const { code, details, answers } = await called();
    assert.deepEqual([code, details, answers], [grpc.status.INTERNAL, failed(face), []]);
    await cancelled.promise;
  }
  passOn().seen = (request) => request.respond(403, {}, 'no');
  assert.equal((await called()).code, grpc.status.PERMISSION_DENIED);
  assert.deepEqual(await failuresOf(at), [
    'frontdesk_plugin_failures_total{plugin="called",reason="threw"} 2',
    'frontdesk_plugin_failures_total{plugin="seen",reason="threw"} 2',
  ]);
});

test('WebSockets of a route: once a handshake; where one fails after the backend accepted, its socket and the caller’s place are free again', async (t) => {
  const { ran, does, passOn } = scripted(t);
  const backend = await socketBackend(t);
  const at = await gateway(t, {
    upstreams: { chat: { url: backend.url } },
    routes: [
      { match: { path: '/chat' }, to: { upstream: 'chat', websocket: { maxPerCaller: 1 } }, auth: 'none' },
    ],
    plugins,
  });
  const url = `ws://${at.host}/chat`;
  for (const face of FACES) {
    passOn()[face] = throwsAfter;
    const { status, body } = await refusal(url);
    const { plugin, reason } = JSON.parse(body);
    assert.deepEqual([status, plugin, reason], [500, face, 'threw']);
    assert.equal((await closing((await backend.next()).socket)).code, 1001);
  }
  passOn().seen = (request) => request.respond(403, { 'content-type': 'text/plain' }, 'not you');
  assert.deepEqual(await refusal(url).then(({ status, body }) => [status, body]), [403, 'not you']);

  ran.length = 0;
  passOn();
  does.seen = stamps;
  const socket = await client(t, url);
  const { socket: other, headers } = await backend.next();
  assert.equal(headers['x-stamp'], 'stamped');
  other.on('message', (data) => other.send(`${data}!`));
  for (const text of ['a', 'b']) {
    socket.send(text);
    assert.equal(await message(socket), `${text}!`);
  }
  assert.deepEqual(ran, ['handshake /chat', 'call chat']);
});

test('event streams: once, at the head; where one fails there, or answers itself, the backend is let go; later it has no effect', async (t) => {
  const { ran, does, passOn } = scripted(t);
  const closed: Promise<unknown>[] = [];
  let more = Promise.withResolvers<void>();
  const backend = await httpBackend(t, async (_, response) => {
    closed.push(once(response, 'close'));
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    await more.promise;
    response.end('data: 2\n\n');
  });
  const at = await gateway(t, {
    upstreams: { news: { url: backend.url } },
    routes: [
      { match: { path: '/news' }, to: { upstream: 'news', stream: { maxPerCaller: 1 } }, auth: 'none' },
    ],
    plugins,
  });
  const ask = () => fetch(`http://${at.host}/news`);
  for (const face of FACES) {
    passOn()[face] = throwsAfter;
    const reply = await ask();
    const { plugin, reason } = JSON.parse(await reply.text());
    assert.deepEqual([reply.status, plugin, reason], [500, face, 'threw']);
    await closed.at(-1);
  }
  passOn().seen = async (_, next) => {
    const reply = await next();
    reply.replaceBody('data: other\n\n');
    return reply;
  };
  assert.equal(await (await ask()).text(), 'data: other\n\n');
  await closed.at(-1);

  ran.length = 0;
  const late = Promise.withResolvers<unknown>();
  does.seen = async (_, next) => {
    const reply = await next();
    more.promise.then(() => reply.headers.set('x-late', 'yes')).catch(late.resolve);
    return reply;
  };
  more = Promise.withResolvers();
  const reader = (await ask()).body?.getReader();
  const read = async () => Buffer.from((await reader?.read())?.value ?? []).toString();
  assert.equal(await read(), 'data: 1\n\n');
  more.resolve();
  assert.equal(await read(), 'data: 2\n\n');
  assert.deepEqual(ran, ['request /news', 'call news']);
  assert.match(String(await late.promise), /has gone on/);
});
