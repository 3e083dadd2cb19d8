import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { WholeBody } from '../../core/body.ts';
import { makeExchange } from '../../core/testing/exchange.ts';
import { allow, answerJson, checked, partOf, sentJson } from './admin-http.ts';

test('a body is JSON of a sane size, and says so', async () => {
  const sent = (text: string, type = 'application/json; charset=utf-8') =>
    sentJson(
      makeExchange({ method: 'PUT', headers: { 'content-type': type }, body: new WholeBody(text) }).exchange,
    );
  assert.deepEqual(await sent('{"a":1}'), { a: 1 });
  await assert.rejects(sent('{'), { code: 'bad_request' });
  await assert.rejects(sent('{}', 'text/json'), { code: 'unsupported_media_type' });
  await assert.rejects(sent(' '.repeat(17_000)), { code: 'payload_too_large' });
});

test('a refusal names the place and what was expected', () => {
  assert.throws(
    () => checked(z.strictObject({ a: z.string() }), { a: 1 }),
    (error) => {
      assert.match(JSON.stringify(error), /a: Invalid input: expected string/);
      return true;
    },
  );
});

test('other methods are told which there are; answers are not kept by anybody', () => {
  const { exchange } = makeExchange({ method: 'PUT' });
  assert.throws(() => allow(exchange, ['GET']), { code: 'method_not_allowed' });
  const reply = answerJson(exchange, 201, { a: 1 });
  assert.equal(reply.headers.get('cache-control'), 'no-store');
});

test('a list has parts: a hundred by default', () => {
  const part = (query: string) => partOf(makeExchange({ target: `/x?${query}` }).exchange, { limit: 500 });
  assert.deepEqual(part(''), { offset: 0, limit: 100 });
  assert.deepEqual(part('limit=500&after=7'), { offset: 7, limit: 500 });
  for (const bad of ['limit=501', 'limit=x', 'after=1e3', 'after=9999999999'])
    assert.throws(() => part(bad), { code: 'bad_request' });
});
