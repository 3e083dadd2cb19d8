import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WholeBody } from '../core/body.ts';
import { FrontdeskError } from '../core/errors.ts';
import { makeReply } from '../core/exchange.ts';
import { HeaderFields } from '../core/headers.ts';
import { makeExchange } from '../core/testing/exchange.ts';
import { compileRoutes } from '../router/route-table.ts';
import { match } from './match.ts';

const step = match(
  compileRoutes([
    {
      match: { path: '/api/users/:id', methods: ['GET', 'PUT'] },
      value: {
        kind: 'proxy',
        chain: async ({ route }) => makeReply(200, new HeaderFields(), new WholeBody(route?.params.id ?? '')),
      },
    },
  ]),
);

const ask = (method: string, target: string) => {
  const { exchange } = makeExchange({ method, target });
  return { exchange, replied: step(exchange) };
};

test('the route is written on the exchange and its chain answers', async () => {
  const { exchange, replied } = ask('GET', '/api/users/a%2Db');
  assert.equal((await replied).status, 200);
  assert.equal(exchange.route?.template, '/api/users/:id');
  assert.equal(exchange.route?.kind, 'proxy');
  assert.equal((await ask('HEAD', '/api/users/7').replied).status, 200);
});

test('a page on the same path answers those who want it, with the route on the exchange', async () => {
  const said = (text: string) => async () => makeReply(200, new HeaderFields(), new WholeBody(text));
  const page = { wants: ({ query }: { query: string }) => query === '', chain: said('page') };
  const value = { kind: 'graph', chain: said('graph'), page };
  const both = match(compileRoutes([{ match: { path: '/graphql' }, value }]));
  for (const [target, text] of [
    ['/graphql', 'page'],
    ['/graphql?query=x', 'graph'],
  ] as const) {
    const { exchange } = makeExchange({ target });
    const { body } = await both(exchange);
    assert.ok(body instanceof WholeBody);
    assert.equal(Buffer.from(body.bytes).toString(), text);
    assert.equal(exchange.route?.kind, 'graph');
  }
});

test('no route is 404, another method is 405 with Allow', async () => {
  await assert.rejects(ask('GET', '/api/usersX/7').replied, { code: 'not_found' });
  await assert.rejects(ask('DELETE', '/api/users/7').replied, (error) => {
    assert.ok(error instanceof FrontdeskError);
    assert.equal(error.code, 'method_not_allowed');
    assert.deepEqual(error.headers, [['allow', 'GET, HEAD, OPTIONS, PUT']]);
    return true;
  });
});

test('OPTIONS tells what is allowed', async () => {
  const reply = await ask('OPTIONS', '/api/users/7').replied;
  assert.equal(reply.status, 204);
  assert.equal(reply.headers.get('allow'), 'GET, HEAD, OPTIONS, PUT');
});
