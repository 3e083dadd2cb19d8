import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { askAdmin } from './admin-client.ts';

const asked: string[] = [];
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method, url, headers } = request;
  asked.push([method, url, headers.authorization, headers['content-type'], Buffer.concat(chunks)].join(' '));
  const [status, answer] = ANSWERS[url ?? ''] ?? [404, undefined];
  response.writeHead(status).end(answer === undefined ? 'no JSON' : JSON.stringify(answer));
});
const ANSWERS: Readonly<Record<string, readonly [number, object | undefined]>> = {
  '/admin/good': [200, { a: 1 }],
  '/admin/refused': [422, { title: 'Refused', reasons: ['one', 'two'] }],
  '/admin/wrong': [400, { title: 'Wrong', reasons: ['id: no', 'b: no'] }],
  '/admin/closed': [401, { title: 'Authentication is required' }],
};
let admin = '';

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  admin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});
after(() => server.close());

test('it asks with the token, and sends JSON of the type that is asked for', async () => {
  assert.deepEqual(await askAdmin(admin, '/admin/good', { token: undefined }), { a: 1 });
  const sent = { method: 'PUT', body: { b: 2 }, contentType: 'application/vnd.x+json', token: 't' } as const;
  await askAdmin(admin, '/admin/good', sent);
  assert.deepEqual(asked.splice(0), [
    'GET /admin/good   ',
    'PUT /admin/good Bearer t application/vnd.x+json {"b":2}',
  ]);
});

test('what went wrong is told in words', async () => {
  const failing = (at: string, path: string) => askAdmin(at, path, { token: undefined });
  await assert.rejects(failing(admin, '/admin/refused'), { message: 'one\ntwo' });
  await assert.rejects(failing(admin, '/admin/wrong'), { message: `${admin} answers 400: id: no; b: no` });
  await assert.rejects(failing(admin, '/admin/closed'), {
    message: `${admin} answers 401: Authentication is required (the token is taken from FRONTDESK_ADMIN_TOKEN)`,
  });
  await assert.rejects(failing(admin, '/elsewhere'), { message: `${admin} answers 404: no reason` });
  await assert.rejects(
    failing('http://127.0.0.1:1', '/'),
    /^Error: http:\/\/127\.0\.0\.1:1 cannot be asked: /,
  );
  for (const wrong of ['127.0.0.1:4001', 'localhost:4001', ''])
    await assert.rejects(failing(wrong, '/'), /--admin: expected a URL, such as/);
});
