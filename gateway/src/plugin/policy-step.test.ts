import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { definePlugin } from './definition.ts';
import { testPlugin } from './testing.ts';

const define = (policy: Parameters<typeof definePlugin>[0]['policy'] & object) =>
  definePlugin({ name: 'p', config: z.strictObject({}), place: { after: 'retry' }, policy });

test('a policy changes what is sent and what came, or answers in the backend’s place', async () => {
  const changing = define(() => async (call, next) => {
    call.headers.set('x-call', `${call.upstream} ${call.method} ${call.path}`);
    const reply = await next();
    reply.headers.set('x-status', String(reply.status));
    return reply;
  });
  const tested = await testPlugin(changing, {
    request: { path: '/a?b=1', upstream: 'users' },
    answer: { status: 404 },
  });
  assert.equal(tested.sent?.headers.get('x-call'), 'users GET /a?b=1');
  assert.deepEqual([tested.status, tested.headers.get('x-status')], [404, '404']);
  const answering = await testPlugin(define(() => (call) => call.respond(204)));
  assert.deepEqual([answering.status, answering.sent], [204, undefined]);
});

test('what the gateway proves itself with at a backend is hidden', async () => {
  let seen: string | undefined = 'nothing';
  await testPlugin(
    define(() => (call, next) => {
      seen = call.headers.get('authorization');
      return next();
    }),
    { request: { headers: { authorization: 'Bearer of-the-gateway' } } },
  );
  assert.equal(seen, undefined);
});
