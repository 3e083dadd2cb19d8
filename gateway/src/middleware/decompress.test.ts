import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Body, collect, WholeBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { bodyLimit } from './body-limit.ts';
import { CodingRoom } from './compress.ts';
import { decompress } from './decompress.ts';

const LIMIT = 1_000;
const OF_THE_CODING = {
  'content-length': '9',
  'content-digest': 'sha-256=:AA==:',
  'repr-digest': 'sha-256=:AA==:',
};

async function sent(
  body: Body,
  encoding: string,
  room = new CodingRoom(1),
): Promise<{ text: string; fields: Record<string, string> }> {
  const step = decompress(['gzip', 'zstd'], { maxBodyBytes: LIMIT, room });
  assert.ok(step);
  const { exchange } = makeExchange({ method: 'POST', body, headers: OF_THE_CODING });
  if (encoding !== '') exchange.headers.append('content-encoding', encoding);
  let text = '';
  const reply = await step(exchange, (inner) =>
    bodyLimit(LIMIT)(inner, async ({ body: read }) => {
      text = Buffer.from(await collect(read, 100_000, () => new Error('test limit'))).toString();
      return makeReply(204, new HeaderFields(), new WholeBody(''));
    }),
  );
  reply.settlement.settle({ kind: 'complete', bytes: 0 });
  return { text, fields: Object.fromEntries(exchange.headers) };
}

test('a coded body arrives as its content, and its fields say nothing of the coding', async () => {
  for (const coding of ['gzip', 'GZIP', 'x-gzip']) {
    assert.deepEqual(await sent(new WholeBody(gzipSync('{"a":1}')), coding), { text: '{"a":1}', fields: {} });
  }
  assert.equal((await sent(new WholeBody('plain'), '')).text, 'plain');
  assert.equal((await sent(new WholeBody('plain'), 'identity')).text, 'plain');
});

test('D62: any other coding is 415, and what is taken is told', async () => {
  for (const coding of ['br', 'deflate', 'gzip, gzip', 'gzip,', 'compress']) {
    await assert.rejects(sent(new WholeBody('x'), coding), (error) => {
      assert.ok(error instanceof FrontdeskError);
      assert.equal(error.code, 'unsupported_media_type');
      assert.deepEqual(error.headers, [['accept-encoding', 'gzip, zstd']]);
      return true;
    });
  }
});

test('D63: two fields of codings are a chain, too', async () => {
  const step = decompress(['gzip'], { maxBodyBytes: LIMIT, room: new CodingRoom(1) });
  assert.ok(step);
  const { exchange } = makeExchange({ method: 'POST', body: new WholeBody(gzipSync('x')) });
  exchange.headers.flat.push('content-encoding', 'gzip', 'content-encoding', 'gzip');
  const next = async () => makeReply(204, new HeaderFields(), new WholeBody(''));
  await assert.rejects(step(exchange, next), { code: 'unsupported_media_type' });
});

test('D63: a chain of thousands of codings is 415 and none is undone', async () => {
  const chain = Array.from({ length: 5_000 }, () => 'gzip').join(', ');
  await assert.rejects(sent(new WholeBody(gzipSync('x')), chain), { code: 'unsupported_media_type' });
});

test('D62: a body is held to its limit before and behind its coding', async () => {
  await assert.rejects(sent(new WholeBody('x'.repeat(LIMIT + 1)), 'gzip'), { code: 'payload_too_large' });
  const larger = gzipSync('x'.repeat(LIMIT + 1));
  await assert.rejects(sent(new WholeBody(larger), 'gzip'), { code: 'payload_too_large' });
});

test('no more are decoded at once than there is room for, and room comes back', async () => {
  const room = new CodingRoom(1);
  await assert.rejects(sent(new WholeBody('no gzip'), 'gzip', room), { code: 'bad_request' });
  assert.equal((await sent(new WholeBody(gzipSync('1')), 'gzip', room)).text, '1');
  assert.ok(room.take());
  await assert.rejects(sent(new WholeBody(gzipSync('1')), 'gzip', room), { code: 'overloaded' });
});

test('where no coding is taken there is no step', () => {
  assert.equal(decompress(undefined, { maxBodyBytes: LIMIT, room: new CodingRoom(1) }), undefined);
});

test('a place is given back when the body was read or dropped, although its reply never settles', async () => {
  const room = new CodingRoom(1);
  const step = decompress(['gzip'], { maxBodyBytes: LIMIT, room });
  const limit = (): Error => new Error('test limit');
  for (const use of [
    (body: Body) => collect(body, LIMIT, limit),
    (body: Body) => body.discard(limit()),
    (body: Body) => body.start({ write: () => true, end() {}, fail() {} }).cancel(limit()),
  ]) {
    const body = new WholeBody(gzipSync('x'));
    const { exchange } = makeExchange({ method: 'POST', body, headers: { 'content-encoding': 'gzip' } });
    await step?.(exchange, async (inner) => {
      await use(inner.body);
      return makeReply(204, new HeaderFields(), new WholeBody(''));
    });
    const place = room.take();
    assert.ok(place);
    place();
  }
});

test('a place is given back where the request fails before its body is read', async () => {
  const room = new CodingRoom(1);
  const step = decompress(['gzip'], { maxBodyBytes: LIMIT, room });
  const body = new WholeBody(gzipSync('x'));
  const { exchange } = makeExchange({ method: 'POST', body, headers: { 'content-encoding': 'gzip' } });
  const failing = step?.(exchange, () => Promise.reject(new Error('no luck')));
  await assert.rejects(failing ?? assert.fail(), /no luck/);
  assert.ok(room.take());
});
