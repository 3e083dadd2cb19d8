/**
 * Large bodies through the whole gateway in bounded memory, and what becomes of the backend's work when a client leaves.
 * FRONTDESK_TEST_LARGE_MIB sets the size; 1024 is a gigabyte each way.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { gateway, httpBackend } from './proxied.fixture.ts';

const MIB = 1024 * 1024;
const LARGE = process.env.FRONTDESK_TEST_LARGE_MIB;
const SIZE = Number(LARGE ?? 256) * MIB;
/** Client, gateway and backend live in this process, with their sockets' buffers and the garbage of three. */
const GROWTH = 128 * MIB;
const CHUNK = Buffer.alloc(64 * 1024, 7);

async function stage(t: TestContext, handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const { url } = await httpBackend(t, handle);
  const { host } = await gateway(t, {
    listen: {
      host: '127.0.0.1',
      port: 0,
      drain: { idle: '20ms', grace: '500ms' },
      timeouts: { request: '2m' },
    },
    upstreams: { files: { url, timeout: { attempt: '2m', idle: '30s' }, retry: { max: 0 } } },
    routes: [
      { match: { path: '/*' }, to: { upstream: 'files' }, deadline: '2m', request: { maxBody: '2GiB' } },
    ],
  });
  return `http://${host}/file`;
}

/** The most by which the process grew while `work` ran. */
async function growth(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
  try {
    await work();
  } finally {
    clearInterval(watch);
  }
  return Math.max(most, process.memoryUsage.rss()) - before;
}

/** Writes so many bytes at the pace of whoever takes them. False where they no longer do. */
async function pour(target: NodeJS.WritableStream, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; left -= CHUNK.length) {
    if (!target.write(left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK)) await once(target, 'drain');
  }
}

/** A small upload first: what any upload makes the process grow by once is not what a large one takes. */
async function warmUp(url: string): Promise<void> {
  const request = httpRequest(url, { method: 'PUT', agent: false });
  const responded = once(request, 'response');
  await pour(request, 16 * MIB);
  request.end();
  const [response] = await responded;
  for await (const _ of response);
}

async function count(source: AsyncIterable<Buffer>): Promise<number> {
  let bytes = 0;
  for await (const chunk of source) bytes += chunk.length;
  return bytes;
}

for (const declared of [true, false]) {
  const size = declared || LARGE !== undefined ? SIZE : SIZE / 4;
  const length = declared ? { 'content-length': String(size) } : {};
  const name = declared ? 'with its length' : 'in chunks';

  test(`an upload ${name} goes through whole, in bounded memory`, async (t) => {
    const url = await stage(t, async (request, response) => {
      const { headers } = request;
      response.end(
        JSON.stringify([await count(request), headers['content-length'] ?? headers['transfer-encoding']]),
      );
    });
    await warmUp(url);
    const grown = await growth(async () => {
      const request = httpRequest(url, { method: 'PUT', headers: length, agent: false });
      const responded = once(request, 'response');
      await pour(request, size);
      request.end();
      const [response] = await responded;
      let text = '';
      for await (const chunk of response) text += chunk;
      assert.deepEqual(JSON.parse(text), [size, declared ? String(size) : 'chunked']);
    });
    assert.ok(grown < GROWTH, `${grown / MIB} MiB`);
  });

  test(`a download ${name} goes through whole, in bounded memory`, async (t) => {
    const url = await stage(t, async (_, response) => {
      response.writeHead(200, length);
      await pour(response, size);
      response.end();
    });
    const grown = await growth(async () => {
      const request = httpRequest(url, { agent: false }).end();
      const [response] = await once(request, 'response');
      assert.equal(await count(response), size);
    });
    assert.ok(grown < GROWTH, `${grown / MIB} MiB`);
  });
}

test('a client that leaves within its upload ends the backend’s request', async (t) => {
  const begun = Promise.withResolvers<IncomingMessage>();
  const url = await stage(t, (request) => void request.once('data', () => begun.resolve(request)).resume());
  const request = httpRequest(url, {
    method: 'PUT',
    headers: { 'content-length': String(SIZE) },
    agent: false,
  });
  request.on('error', () => {});
  request.write(CHUNK);
  const received = await begun.promise;
  received.on('error', () => {});
  const closed = new Promise((resolve) => received.once('close', resolve));
  request.destroy();
  await closed;
  assert.equal(received.complete, false);
});

test('a client that leaves within its download ends the backend’s reply', async (t) => {
  const begun = Promise.withResolvers<ServerResponse>();
  const url = await stage(t, (_, response) => {
    response.writeHead(200, { 'content-length': String(SIZE) });
    response.write(CHUNK);
    begun.resolve(response);
  });
  const request = httpRequest(url, { agent: false }).end();
  const [reply] = await once(request, 'response');
  await once(reply, 'data');
  const response = await begun.promise;
  const closed = once(response, 'close');
  reply.destroy();
  await closed;
  assert.equal(response.writableFinished, false);
});

test('a client that does not read holds the backend back', async (t) => {
  let given = 0;
  const url = await stage(t, (_, response) => {
    response.on('error', () => {});
    response.writeHead(200);
    const give = (): void => {
      do given += CHUNK.length;
      while (response.write(CHUNK));
    };
    response.on('drain', give);
    give();
  });
  const request = httpRequest(url, { agent: false }).end();
  const [reply] = await once(request, 'response');
  let last = -1;
  // Until nothing more is taken of the backend: the kernel's buffers are full.
  while (last !== given) {
    last = given;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.ok(given < 64 * MIB, `${given / MIB} MiB`);
  reply.destroy();
});
