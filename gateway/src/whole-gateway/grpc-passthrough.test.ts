/** gRPC through the whole gateway: a real client, TLS and HTTP/2 inside, HTTP/2 in the clear to a real server. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import grpc from '@grpc/grpc-js';
import { startGateway } from '../app.ts';
import { configSchema } from '../config/schema.ts';
import { Authority } from '../core/testing/certificates.ts';
import type { Running } from '../running.ts';

const authority = new Authority({ after });
const { certFile, keyFile } = authority.issue('gateway');
const asIs = (bytes: Buffer): Buffer => bytes;
const kinds = {
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
};
const method = (name: string, requestStream: boolean, responseStream: boolean) => ({
  ...kinds,
  path: `/test.Echo/${name}`,
  requestStream,
  responseStream,
});
let cancelled = Promise.withResolvers<void>();
let arrived = Promise.withResolvers<void>();
const unary = method('Unary', false, false);
const stuck = method('Stuck', false, false);
const down = method('Down', false, true);
const up = method('Up', true, false);
const both = method('Both', true, true);

const server = new grpc.Server();
server.addService(
  { Unary: unary, Stuck: stuck, Down: down, Up: up, Both: both },
  {
    Unary: (call: grpc.ServerUnaryCall<Buffer, Buffer>, reply: grpc.sendUnaryData<Buffer>) => {
      const said = call.request.toString();
      const trailers = new grpc.Metadata();
      trailers.set('x-trailer', 'after');
      if (said === 'refuse') {
        reply({ code: grpc.status.FAILED_PRECONDITION, details: 'not today', metadata: trailers });
        return;
      }
      const head = new grpc.Metadata();
      head.set('x-head', String(call.metadata.get('x-asked')[0]));
      call.sendMetadata(head);
      reply(null, Buffer.from(`${said}!`), trailers);
    },
    Stuck: (call: grpc.ServerUnaryCall<Buffer, Buffer>) => {
      arrived.resolve();
      call.on('cancelled', () => cancelled.resolve());
    },
    Down: (call: grpc.ServerWritableStream<Buffer, Buffer>) => {
      for (let i = 0; i < 3; i += 1) call.write(Buffer.from(String(i)));
      call.end();
    },
    Up: (call: grpc.ServerReadableStream<Buffer, Buffer>, reply: grpc.sendUnaryData<Buffer>) => {
      const parts: string[] = [];
      call.on('data', (part: Buffer) => parts.push(part.toString()));
      call.on('end', () => reply(null, Buffer.from(parts.join('+'))));
    },
    Both: (call: grpc.ServerDuplexStream<Buffer, Buffer>) => {
      call.on('cancelled', () => cancelled.resolve());
      call.on('data', (part: Buffer) => call.write(Buffer.from(`${part.toString()}?`)));
      call.on('end', () => call.end());
    },
  },
);

let gateway: Running;
let client: grpc.Client;

before(async () => {
  const port = await new Promise<number>((resolve, reject) => {
    const open = grpc.ServerCredentials.createInsecure();
    server.bindAsync('127.0.0.1:0', open, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  const config = configSchema.parse({
    listen: { host: '127.0.0.1', port: 0, tls: { cert: certFile, key: keyFile }, http2: true },
    telemetry: { accessLog: { enabled: false }, level: 'silent' },
    upstreams: { echo: { url: `http://127.0.0.1:${port}`, protocol: 'http2' } },
    routes: [{ match: { path: '/test.Echo/*' }, to: { upstream: 'echo' }, auth: 'none', limit: 'unlimited' }],
  });
  gateway = await startGateway({ config, folder: authority.folder });
  const credentials = grpc.credentials.createSsl(Buffer.from(authority.ca));
  client = new grpc.Client(`localhost:${gateway.addresses.public.port}`, credentials);
});

after(async () => {
  client?.close();
  await gateway?.drain();
  server.forceShutdown();
});

interface Answer {
  readonly error: grpc.ServiceError | null;
  readonly text: string;
  readonly head: grpc.Metadata | undefined;
  readonly status: grpc.StatusObject | undefined;
}

function ask(said: string, of = unary, options: grpc.CallOptions = {}): Promise<Answer> {
  const metadata = new grpc.Metadata();
  metadata.set('x-asked', 'before');
  return new Promise((resolve) => {
    let head: grpc.Metadata | undefined;
    let answered: [grpc.ServiceError | null, Buffer | undefined] | undefined;
    const { path, requestSerialize, responseDeserialize } = of;
    const call = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      Buffer.from(said),
      metadata,
      options,
      (error, reply) => {
        answered = [error, reply];
      },
    );
    call.on('metadata', (fields) => {
      head = fields;
    });
    call.on('status', (status) =>
      setImmediate(() => {
        const [error = null, reply] = answered ?? [];
        resolve({ error, text: reply?.toString() ?? '', head, status });
      }),
    );
  });
}

function heard(stream: NodeJS.ReadableStream): Promise<string[]> {
  const parts: string[] = [];
  stream.on('data', (part: Buffer) => parts.push(part.toString()));
  return new Promise((resolve, reject) => {
    stream.on('end', () => resolve(parts));
    stream.on('error', reject);
  });
}

describe('gRPC passes through', () => {
  test('one message each way, with metadata before and after', async () => {
    const { text, head, status } = await ask('hello');
    assert.equal(text, 'hello!');
    assert.deepEqual(head?.get('x-head'), ['before']);
    assert.deepEqual(status?.metadata.get('x-trailer'), ['after']);
  });

  test('the backend’s own status', async () => {
    const { error } = await ask('refuse');
    assert.equal(error?.code, grpc.status.FAILED_PRECONDITION);
    assert.equal(error?.details, 'not today');
    assert.deepEqual(error?.metadata.get('x-trailer'), ['after']);
  });

  test('a stream of answers', async () => {
    const { path, requestSerialize, responseDeserialize } = down;
    const call = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, Buffer.from(''));
    assert.deepEqual(await heard(call), ['0', '1', '2']);
  });

  test('a stream of requests', async () => {
    const { path, requestSerialize, responseDeserialize } = up;
    const answered = new Promise<string>((resolve, reject) => {
      const call = client.makeClientStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        (error, reply) => (error ? reject(error) : resolve(String(reply))),
      );
      for (const part of ['a', 'b', 'c']) call.write(Buffer.from(part));
      call.end();
    });
    assert.equal(await answered, 'a+b+c');
  });

  test('a conversation: each answer comes before the next request', async () => {
    const { path, requestSerialize, responseDeserialize } = both;
    const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    const answers: string[] = [];
    const over = new Promise((resolve) => call.on('end', resolve));
    call.on('data', (part: Buffer) => {
      answers.push(part.toString());
      if (answers.length < 3) call.write(Buffer.from(String(answers.length)));
      else call.end();
    });
    call.write(Buffer.from('0'));
    await over;
    assert.deepEqual(answers, ['0?', '1?', '2?']);
  });

  test('our own errors are gRPC statuses', async () => {
    const { error } = await ask('hello', { ...unary, path: '/test.Nobody/Unary' });
    assert.equal(error?.code, grpc.status.UNIMPLEMENTED);
    assert.equal(error?.details, 'No such resource');
  });

  test('a deadline ends the call here and at the backend', async () => {
    const { error } = await ask('hello', stuck, { deadline: Date.now() + 150 });
    assert.equal(error?.code, grpc.status.DEADLINE_EXCEEDED);
    await cancelled.promise;
  });

  test('a client that cancels ends the call at the backend: before an answer, and within a conversation', async () => {
    cancelled = Promise.withResolvers();
    arrived = Promise.withResolvers();
    const { path, requestSerialize, responseDeserialize } = stuck;
    const one = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      Buffer.from(''),
      () => {},
    );
    await arrived.promise;
    one.cancel();
    await cancelled.promise;
    cancelled = Promise.withResolvers();
    const talk = client.makeBidiStreamRequest(both.path, requestSerialize, responseDeserialize);
    talk.on('error', () => {});
    talk.write(Buffer.from('0'));
    await new Promise((resolve) => talk.once('data', resolve));
    talk.cancel();
    await cancelled.promise;
  });
});
