import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { idsParam, integerParam, requiredParam } from './query.ts';
import { restHandler } from './rest.ts';
import { serve } from './server.ts';

const server = await serve(
  () => ({
    handle: restHandler([
      {
        method: 'GET',
        path: '/things/:id',
        answer: (request) => ({ status: 200, body: request.param('id') }),
      },
      {
        method: 'POST',
        path: '/things/:id/parts',
        answer: async (request) => ({ status: 201, body: await request.json() }),
      },
    ]),
  }),
  { port: 0, host: '127.0.0.1' },
);
after(() => server.close());

test('routes by segment and method', async () => {
  assert.equal(await (await fetch(`${server.url}/things/a%2Fb`)).json(), 'a/b');
  assert.equal((await fetch(`${server.url}/thingsX/1`)).status, 404);
  assert.equal((await fetch(`${server.url}/things/`)).status, 404);
  assert.equal((await fetch(`${server.url}/things/%E0%A4`)).status, 400);
  const refused = await fetch(`${server.url}/things/1`, { method: 'DELETE' });
  assert.equal(refused.status, 405);
  assert.equal(refused.headers.get('allow'), 'GET');
});

test('reads query parameters', () => {
  const query = new URLSearchParams('first=5&bad=x&ids=1,2,,3&none=');
  assert.equal(integerParam(query, 'first', 10, 100), 5);
  assert.equal(integerParam(query, 'absent', 10, 100), 10);
  assert.throws(() => integerParam(query, 'bad', 10, 100), /'bad' must be/);
  assert.throws(() => integerParam(query, 'first', 10, 4), /from 0 to 4/);
  assert.deepEqual(idsParam(query), ['1', '2', '3']);
  assert.equal(idsParam(new URLSearchParams()), undefined);
  assert.throws(() => idsParam(new URLSearchParams(`ids=${'1,'.repeat(101)}`)), /at most 100/);
  assert.throws(() => requiredParam(query, 'none'), /'none' is required/);
});
