/** Event streams and other replies without an end, through the whole gateway. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { gateway, gatewayOptions, httpBackend } from '../../whole-gateway/proxied.fixture.ts';

interface Come {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** A backend whose every reply the test writes. */
async function scripted(t: TestContext) {
  const come: Come[] = [];
  const waiting: ((one: Come) => void)[] = [];
  const { url, server } = await httpBackend(t, (request, response) => {
    const first = waiting.shift();
    if (first) first({ request, response });
    else come.push({ request, response });
  });
  return {
    url,
    server,
    next(): Promise<Come> {
      const one = come.shift();
      return one ? Promise.resolve(one) : new Promise((resolve) => void waiting.push(resolve));
    },
  };
}

/** A client that reads what comes. */
class Reader {
  status = 0;
  headers: Record<string, unknown> = {};
  text = '';
  /** Set when it is over: whether it ended in good order. */
  ended: boolean | undefined;
  readonly #changed = new EventTarget();
  readonly #request;

  constructor(url: string, headers: Record<string, string> = {}, body?: string) {
    this.#request = httpRequest(url, { headers, method: body === undefined ? 'GET' : 'POST', agent: false });
    this.#request.on('error', () => this.#end(false));
    this.#request.on('response', (response) => {
      this.status = response.statusCode ?? 0;
      this.headers = response.headers;
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        this.text += chunk;
        this.#change();
      });
      response.on('end', () => this.#end(true));
      response.on('error', () => this.#end(false));
      this.#change();
    });
    this.#request.end(body);
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await once(this.#changed, 'change');
  }

  async over(): Promise<boolean> {
    await this.until(() => this.ended !== undefined);
    return this.ended === true;
  }

  leave(): void {
    this.#request.destroy();
  }

  #end(ended: boolean): void {
    this.ended ??= ended;
    this.#change();
  }

  #change(): void {
    this.#changed.dispatchEvent(new Event('change'));
  }
}

function configFor(url: string, stream: unknown, more: Record<string, unknown> = {}) {
  const { route, upstream, ...rest } = more;
  return {
    upstreams: {
      feed: {
        url,
        retry: { max: 0 },
        timeout: { idle: '30ms' },
        bulkhead: { maxInFlight: 1, maxQueue: 0 },
        ...(typeof upstream === 'object' ? upstream : {}),
      },
    },
    routes: [
      {
        match: { path: '/events' },
        to: { upstream: 'feed', ...(stream === undefined ? {} : { stream }) },
        ...(typeof route === 'object' ? route : {}),
      },
    ],
    ...rest,
  };
}

async function stage(t: TestContext, stream: unknown = true, more: Record<string, unknown> = {}) {
  const backend = await scripted(t);
  const frontdesk = await gateway(t, configFor(backend.url, stream, more));
  const url = `http://${frontdesk.host}/events`;
  const open = async (headers: Record<string, string> = {}) => {
    const reader = new Reader(url, headers);
    t.after(() => reader.leave());
    const { request, response } = await backend.next();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    await reader.until(() => reader.status !== 0);
    return { reader, request, response };
  };
  return { backend, frontdesk, url, open };
}

test('events go on one by one as they come, beside the places and the idle time of ordinary calls', async (t) => {
  const { open } = await stage(t);
  const first = await open({ 'last-event-id': '41', accept: 'text/event-stream' });
  assert.equal(first.request.headers['last-event-id'], '41');
  assert.equal(first.reader.headers['content-type'], 'text/event-stream');
  assert.equal(first.reader.headers['x-accel-buffering'], 'no');
  // One place for calls, and yet a second stream.
  const second = await open();
  for (const { reader, response } of [first, second]) {
    response.write('id: 42\ndata: one\n\n');
    await reader.until(() => reader.text === 'id: 42\ndata: one\n\n');
  }
  await new Promise((resolve) => setTimeout(resolve, 60));
  first.response.write('data: two\n\n');
  await first.reader.until(() => first.reader.text.endsWith('data: two\n\n'));
  first.response.end();
  assert.equal(await first.reader.over(), true);
  second.response.destroy();
  assert.equal(await second.reader.over(), false);
});

test('a client that leaves ends the backend’s work at once', async (t) => {
  const { open, frontdesk } = await stage(t);
  const { reader, response } = await open();
  response.write('data: one\n\n');
  await reader.until(() => reader.text !== '');
  const closed = once(response, 'close');
  reader.leave();
  await closed;
  assert.match(
    await frontdesk.metrics(),
    /stream_ends_total\{route="\/events",kind="stream",reason="client"\} 1/,
  );
  assert.match(await frontdesk.metrics(), /frontdesk_proxy_streams\{route="\/events",kind="stream"\} 0/);
});

test('a backend that falls silent, an event that is too long: broken off; a lifetime: ended in good order', async (t) => {
  const silent = await (await stage(t, { idle: '50ms' })).open();
  silent.response.write('data: one\n\n');
  assert.equal(await silent.reader.over(), false);
  const long = await (await stage(t, { eventSize: '1KiB' })).open();
  long.response.write(`data: ${'x'.repeat(900)}\n\ndata: ${'y'.repeat(900)}\n\n`);
  await long.reader.until(() => long.reader.text.endsWith('y\n\n'));
  long.response.write(`data: ${'z'.repeat(2_000)}`);
  assert.equal(await long.reader.over(), false);
  const old = await (await stage(t, { lifetime: '500ms' })).open();
  old.response.write('data: one\n\n');
  const gone = once(old.response, 'close');
  assert.equal(await old.reader.over(), true);
  assert.equal(old.reader.text, 'data: one\n\n');
  await gone;
});

test('a lifetime never makes half of another reply look like the whole', async (t) => {
  const { backend, url } = await stage(t, { lifetime: '500ms' });
  const reader = new Reader(url);
  const { response } = await backend.next();
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.write('{"a":1}\n');
  assert.equal(await reader.over(), false);
  assert.equal(reader.text, '{"a":1}\n');
});

test('drain and reload end event streams in good order', async (t) => {
  const first = await stage(t);
  const drained = await first.open();
  const ending = first.frontdesk.drain();
  assert.equal(await drained.reader.over(), true);
  await ending;
  const second = await stage(t, true, { streams: { reloadGrace: '20ms' } });
  const { reader } = await second.open();
  await second.frontdesk.running.replace(gatewayOptions(configFor(second.backend.url, { idle: '1m' })));
  assert.equal(await reader.over(), true);
});

test('a comment shows that a quiet stream lives, but never within an event', async (t) => {
  const { open } = await stage(t, { heartbeat: '20ms' });
  const { reader, response } = await open();
  await reader.until(() => reader.text.startsWith(':\n\n:\n\n'));
  response.write('data: half');
  await reader.until(() => reader.text.endsWith('half'));
  await new Promise((resolve) => setTimeout(resolve, 60));
  response.write(' and half\n\n');
  await reader.until(() => reader.text.includes('data: half and half\n\n:\n\n'));
});

test('a caller has so many streams; whole replies are not held', async (t) => {
  const { open, url, backend } = await stage(t, { maxPerCaller: 1 });
  const { reader } = await open();
  const refused = await fetch(url);
  assert.equal(refused.status, 429);
  reader.leave();
  let status = 429;
  while (status === 429) {
    const asked = fetch(url);
    void backend.next().then(({ response }) => response.end('short'));
    const reply = await asked;
    status = reply.status;
    await reply.text();
  }
  assert.equal(status, 200);
});

test('members that nobody may see are taken out of each event; other lines stay', async (t) => {
  const { open } = await stage(t, true, {
    upstream: { response: { strip: ['secret'] } },
    route: { response: { strip: ['score'] } },
  });
  const { reader, response } = await open({ 'accept-encoding': 'gzip' });
  response.write('id: 7\nevent: moved\nretry: 100\ndata: {"a":1,"secret":2,"score":3}\n\n: hello\n\n');
  const expected = 'id: 7\nevent: moved\nretry: 100\ndata: {"a":1}\n\n: hello\n\n';
  await reader.until(() => reader.text.length >= expected.length);
  assert.equal(reader.text, expected);
  response.write('data: secret\n\n');
  assert.equal(await reader.over(), false);
});
