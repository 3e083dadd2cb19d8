import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { definePlugin } from './definition.ts';
import { testPlugin } from './testing.ts';

const greet = definePlugin({
  name: 'greet',
  config: z.strictObject({ word: z.string().default('hello') }),
  place: { after: 'authenticate' },
  middleware:
    ({ word }) =>
    async (request, next) => {
      if (request.identity?.roles.includes('nobody')) return request.respond(403);
      request.headers.set('x-word', `${word} ${request.path}`);
      const reply = await next();
      reply.headers.set('x-kind', request.kind);
      return reply;
    },
});

const sign = definePlugin({
  name: 'sign',
  config: z.strictObject({}),
  place: { before: 'retry' },
  reads: { requestBytes: 100 },
  policy: () => (call, next) => {
    call.headers.set('x-signature', `${call.upstream} ${call.attempt} ${call.body?.length}`);
    return next();
  },
});

test('a message goes through a middleware, and through a policy', async () => {
  const tested = await testPlugin(greet, { request: { path: '/a?b' }, answer: { status: 201, body: 'ok' } });
  assert.deepEqual([tested.status, tested.body, tested.headers.get('x-kind')], [201, 'ok', 'request']);
  assert.equal(tested.sent?.headers.get('x-word'), 'hello /a');
  assert.equal((await testPlugin(greet, { request: { identity: { roles: ['nobody'] } } })).sent, undefined);
  const signed = await testPlugin(sign, { request: { upstream: 'users', body: 'four' } });
  assert.deepEqual([signed.sent?.headers.get('x-signature'), signed.sent?.body], ['users 1 4', 'four']);
});

test('what the chain behind throws comes out', async () => {
  const answer = (): never => {
    throw new Error('behind');
  };
  await assert.rejects(testPlugin(greet, { answer }), /behind/);
  await assert.rejects(testPlugin(greet, { config: { word: 1 } }), /could not begin/);
});
