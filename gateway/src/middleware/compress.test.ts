import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, gunzipSync } from 'node:zlib';
import { type Body, collect, emptyBody, type Sink, WholeBody } from '../core/body.ts';
import { type Exchange, makeReply, type Reply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { noMeter } from '../core/meter.ts';
import { makeExchange, makeIdentity } from '../core/testing/exchange.ts';
import { compressConfig, compressSettingsOf } from '../wire/coding/compress-config.ts';
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
    { reply: { 'content-type': 'application/grpc+json' } },
    {
      reply: { 'content-type': 'application/grpc' },
      config: { types: ['application/grpc', 'application/*'] },
    },
    { reply: { 'content-type': 'application/connect+json' } },
    { reply: { 'content-type': '' } },
    { status: 206 },
    { status: 304 },
    { status: 101 },
    { method: 'HEAD', reply: { 'content-length': '1023' }, body: emptyBody },
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

test('HEAD is told what GET would say: no length, a weak tag, the coding', async () => {
  const reply = await ask({
    method: 'HEAD',
    reply: { etag: '"1"', 'content-length': '5000', 'accept-ranges': 'bytes' },
    body: emptyBody,
  });
  assert.deepEqual(Object.fromEntries(reply.headers), {
    'content-type': 'application/json',
    etag: 'W/"1"',
    vary: 'Accept-Encoding',
    'content-encoding': 'gzip',
  });
  assert.equal(reply.body.length, 0);
});

test('a 304 confirms what its client keeps by the tag that it knows', async () => {
  const etagFor = async (known: string): Promise<readonly (string | undefined)[]> => {
    const request = { 'if-none-match': known };
    const { headers } = await ask({ status: 304, body: emptyBody, request, reply: { etag: '"1"' } });
    return [headers.get('etag'), headers.get('vary')];
  };
  assert.deepEqual(await etagFor('W/"1"'), ['W/"1"', 'Accept-Encoding']);
  assert.deepEqual(await etagFor('W/"0" ,W/"1"'), ['W/"1"', 'Accept-Encoding']);
  assert.deepEqual(await etagFor('"1"'), ['"1"', undefined]);
  assert.deepEqual(await etagFor('W/"1", "1"'), ['"1"', undefined]);
  assert.deepEqual(await etagFor('*'), ['"1"', undefined]);
});

test('what a client accepts may stand in several fields', async () => {
  const step = compress(compressSettingsOf(true, undefined), { meter: noMeter, room: new CodingRoom(1) });
  const { exchange } = makeExchange({ headers: { 'accept-encoding': 'deflate' } });
  exchange.headers.append('accept-encoding', 'br;q=0.5');
  const reply = await step?.(exchange, async () =>
    makeReply(200, HeaderFields.of({ 'content-type': 'text/html' }), new WholeBody(TEXT)),
  );
  assert.equal(reply?.headers.get('content-encoding'), 'br');
});

test('hard work on small replies is done elsewhere too', async () => {
  const accept = { 'accept-encoding': 'br' };
  const quick = await ask({ request: accept, config: { levels: { br: 5 } } });
  const hard = await ask({ request: accept, config: { levels: { br: 11 } } });
  assert.ok(quick.body instanceof WholeBody);
  assert.ok(!(hard.body instanceof WholeBody));
  assert.equal(hard.headers.get('content-encoding'), 'br');
  hard.body.discard(new Error('test over'));
});

for (const type of ['text/event-stream', 'application/x-ndjson', 'application/jsonl']) {
  test(`${type} is coded where it is named, each piece as it comes`, async () => {
    await streams(type);
  });
}

async function streams(type: string): Promise<void> {
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
    config: { types: [type] },
    reply: { 'content-type': type },
    body,
  });
  const { promise: read, resolve } = Promise.withResolvers<void>();
  const pieces: Uint8Array[] = [];
  const flow = reply.body.start({
    write: (chunk) => {
      pieces.push(chunk);
      // A header comes unasked; what counts is that the piece can be read.
      const text = gunzipSync(Buffer.concat(pieces), { finishFlush: constants.Z_SYNC_FLUSH });
      if (text.toString() === 'data: 1\n\n') resolve();
      return true;
    },
    end() {},
    fail() {},
  });
  sink?.write(Buffer.from('data: 1\n\n'));
  await read;
  flow.cancel(new Error('test over'));
}

test('a place is given back when the body ends or is dropped, although its reply never settles', async () => {
  const room = new CodingRoom(1);
  const asked = { room, body: new WholeBody(TEXT.repeat(100)) };
  const left = new Error('the client left');
  const replies: Reply[] = [];
  for (const done of [
    (body: Body) => body.discard(left),
    (body: Body) => body.start({ write: () => true, end() {}, fail() {} }).cancel(left),
    (body: Body) => collect(body, 1_000_000, () => left),
  ]) {
    const reply = await ask(asked);
    assert.equal(reply.headers.get('content-encoding'), 'gzip');
    await done(reply.body);
    replies.push(reply);
  }
  for (const { settlement } of replies) settlement.settle({ kind: 'aborted', bytes: 0 });
  const [first, second] = [room.take(), room.take()];
  assert.ok(first && !second, 'one place, given back once');
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
