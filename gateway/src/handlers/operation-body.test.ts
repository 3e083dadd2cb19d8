import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { Refusal } from '../graph/refusal.ts';
import { operationReply } from './operation-body.ts';

const read = async (body: Parameters<typeof collect>[0]): Promise<string> =>
  Buffer.from(await collect(body, 1_000, () => new RangeError('too large'))).toString();

test('a whole answer can be read; a refusal has its status and its errors', async () => {
  const whole = operationReply({ body: '{"data":1}', errors: 0, refusal: undefined });
  assert.deepEqual([whole.status, whole.headers.get('content-type')], [200, 'application/json']);
  assert.equal(await read(whole.body), '{"data":1}');
  const refusal = Refusal.of(new FrontdeskError('invalid_query'));
  const refused = operationReply({ body: '', errors: 1, refusal });
  assert.equal(refused.status, 400);
  assert.deepEqual(JSON.parse(await read(refused.body)), { errors: refusal.errors });
});

test('a stream says that it is one, is not read, and ends when it is dropped', async () => {
  let ended = 0;
  async function* payloads() {
    try {
      yield 'a';
      yield 'b';
    } finally {
      ended += 1;
    }
  }
  const source = payloads();
  await source.next();
  const { headers, body } = operationReply({ kind: 'subscription', payloads: source });
  assert.equal(headers.get('content-type'), 'text/event-stream');
  await assert.rejects(read(body), TypeError);
  body.discard(new Error('nobody wants it'));
  assert.deepEqual(await source.next(), { done: true, value: undefined });
  assert.equal(ended, 1);
});
