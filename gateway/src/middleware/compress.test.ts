import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type Body, collect, type Sink, WholeBody } from '../core/body.ts';
import { type Exchange, makeReply, type Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { noMeter } from '../core/meter.ts';
import { makeExchange, makeIdentity } from '../core/testing/exchange.ts';
import { compressConfig, compressSettingsOf } from '../wire/compress-config.ts';
import { CodingRoom, compress } from './compress.ts';

const TEXT = 'a reply that says the same again and again, '.repeat(100);

interface Asked {
  readonly config?: unknown;
  readonly request?: Record<string, string>;
  readonly method?: string;
  readonly reply?: Record<string, string>;
  readonly status?: number;
  readonly body?: Body;
  readonly room?: CodingRoom;
  readonly session?: boolean;
  readonly seen?: (exchange: Exchange) => void;
}

async function ask(asked: Asked = {}): Promise<Reply> {
  const settings = compressSettingsOf(compressConfig.parse(asked.config ?? true), undefined);
  const step = compress(settings, { meter: noMeter, room: asked.room ?? new CodingRoom(4) });
  assert.ok(step);
  const { exchange } = makeExchange({
    method: asked.method ?? 'GET',
    headers: { 'accept-encoding': 'gzip', ...asked.request },
    identity: asked.session ? makeIdentity({ scheme: 'session' }) : undefined,
  });
  return step(exchange, async (inner) => {
    asked.seen?.(inner);
    const headers = HeaderFields.of({ 'content-type': 'application/json', ...asked.reply });
    return makeReply(asked.status ?? 200, headers, asked.body ?? new WholeBody(TEXT));
  });
}

const codingOf = async (asked: Asked = {}): Promise<string | undefined> =>
  (await ask(asked)).headers.get('content-encoding');

async function decoded({ body }: Reply): Promise<string> {
  return gunzipSync(await collect(body, 1_000_000, () => new Error('test limit'))).toString();
}

test('a reply is coded as its client likes it, and says so', async () => {
  const reply = await ask({
    reply: { etag: '"1"', 'content-length': String(TEXT.length), 'accept-ranges': 'bytes', vary: 'Accept' },
  });
  assert.deepEqual(Object.fromEntries(reply.headers), {
    'content-type': 'application/json',
    etag: 'W/"1"',
    vary: 'Accept, Accept-Encoding',
    'content-encoding': 'gzip',
  });
  assert.ok(reply.body.length !== undefined && reply.body.length < TEXT.length / 2);
  assert.equal(await decoded(reply), TEXT);
  assert.equal(await codingOf({ request: { 'accept-encoding': 'gzip, br' } }), 'br');
  assert.equal(
    await codingOf({ request: { 'accept-encoding': 'gzip, br' }, config: { codings: ['gzip'] } }),
    'gzip',
  );
});

test('large and streamed replies are coded as they flow', async () => {
  const large = TEXT.repeat(100);
  const reply = await ask({ body: new WholeBody(large) });
  assert.equal(reply.body.length, undefined);
  assert.equal(await decoded(reply), large);
});

test('without a wish, or with one for something else, a reply stays as it is and varies all the same', async () => {
  for (const accept of ['', 'identity', 'gzip;q=0', 'deflate']) {
    const reply = await ask({ request: { 'accept-encoding': accept } });
    assert.equal(reply.headers.get('content-encoding'), undefined);
    assert.equal(reply.headers.get('vary'), 'Accept-Encoding');
  }
});

test('what is small, coded, a part, not to be changed or no text stays as it is', async () => {
  for (const asked of [
    { body: new WholeBody('x'.repeat(1_023)) },
    { body: new WholeBody('') },
    { reply: { 'content-encoding': 'br' } },
    { reply: { 'content-range': 'bytes 0-1/2' } },
    { reply: { 'cache-control': 'public, No-Transform' } },
    { reply: { 'content-type': 'image/png' } },
    { reply: { 'content-type': 'text/event-stream' } },
    { reply: { 'content-type': 'application/grpc+proto' } },
    { reply: { 'content-type': '' } },
    { status: 206 },
    { status: 304 },
    { status: 101 },
    { method: 'HEAD' },
  ] satisfies Asked[]) {
    const reply = await ask(asked);
    const coding = 'reply' in asked && 'content-encoding' in asked.reply ? 'br' : undefined;
    assert.equal(reply.headers.get('content-encoding'), coding, JSON.stringify(asked));
  }
});

test('types are matched whole, by family and by suffix, whatever parameters they have', async () => {
  for (const type of [
    'text/html; charset=utf-8',
    'Application/JSON',
    'application/hal+json',
    'image/svg+xml',
  ]) {
    assert.equal(await codingOf({ reply: { 'content-type': type } }), 'gzip', type);
  }
  assert.equal(await codingOf({ config: { types: ['text/css'] } }), undefined);
});

test('events are coded where they are named, each as it comes', async () => {
  let sink: Sink | undefined;
  const body: Body = {
    length: undefined,
    replayable: false,
    start: (given) => {
      sink = given;
      return { resume() {}, cancel() {} };
    },
    discard() {},
  };
  const reply = await ask({
    config: { types: ['text/event-stream'] },
    reply: { 'content-type': 'text/event-stream' },
    body,
  });
  const { promise: first, resolve } = Promise.withResolvers<Uint8Array>();
  const flow = reply.body.start({
    write: (chunk) => {
      resolve(chunk);
      return true;
    },
    end() {},
    fail() {},
  });
  sink?.write(Buffer.from('data: 1\n\n'));
  assert.ok((await first).length > 0);
  flow.cancel(new Error('test over'));
});

test('beyond what may be coded at once replies stay as they are, until one is through', async () => {
  const room = new CodingRoom(1);
  const asked = { room, body: new WholeBody(TEXT.repeat(100)) };
  const first = await ask(asked);
  assert.equal(first.headers.get('content-encoding'), 'gzip');
  assert.equal(await codingOf(asked), undefined);
  first.settlement.settle({ kind: 'complete', bytes: 1 });
  assert.equal(await codingOf(asked), 'gzip');
});

test("a reply that another site's page asked for with a cookie keeps its size to itself", async () => {
  const request = { 'sec-fetch-site': 'cross-site', cookie: 'sid=1' };
  assert.equal(await codingOf({ request }), undefined);
  assert.equal(await codingOf({ request: { 'sec-fetch-site': 'cross-site' }, session: true }), undefined);
  assert.equal(await codingOf({ request: { 'sec-fetch-site': 'cross-site' } }), 'gzip');
  assert.equal(await codingOf({ request: { ...request, 'sec-fetch-site': 'same-origin' } }), 'gzip');
  assert.equal(await codingOf({ request, config: { crossSite: true } }), 'gzip');
});

test('a weak validator that comes back is the strong one of the backend again', async () => {
  let sent: string | undefined;
  await ask({
    request: { 'if-match': 'W/"1", "2"' },
    seen: ({ headers }) => {
      sent = headers.get('if-match');
    },
  });
  assert.equal(sent, '"1", "2"');
  await ask({
    request: { 'if-none-match': 'W/"1"' },
    seen: ({ headers }) => {
      sent = headers.get('if-none-match');
    },
  });
  assert.equal(sent, 'W/"1", "1"');
});

test('without a configuration there is no step', () => {
  assert.equal(compress(undefined, { meter: noMeter, room: new CodingRoom(1) }), undefined);
});
