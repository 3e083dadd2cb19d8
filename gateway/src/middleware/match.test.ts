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

test("a browser's preflight goes to the route of the method that it asks for", async () => {
  const said = (text: string) => async () => makeReply(200, new HeaderFields(), new WholeBody(text));
  const routes = match(
    compileRoutes([
      {
        match: { path: '/a', methods: ['GET'] },
        value: { kind: 'proxy', chain: said('get'), preflight: said('preflight of get') },
      },
      { match: { path: '/a', methods: ['DELETE'] }, value: { kind: 'proxy', chain: said('delete') } },
      {
        match: { path: '/all' },
        value: { kind: 'proxy', chain: said('all'), preflight: said('preflight of all') },
      },
      { match: { path: '/all', methods: ['DELETE'] }, value: { kind: 'proxy', chain: said('delete') } },
    ]),
  );
  const asks = async (target: string, method: string, headers: Record<string, string> = {}) => {
    const { exchange } = makeExchange({
      method: 'OPTIONS',
      target,
      headers: { origin: 'https://app.example', 'access-control-request-method': method, ...headers },
    });
    const { status, body } = await routes(exchange);
    assert.ok(body instanceof WholeBody);
    return [status, Buffer.from(body.bytes).toString(), exchange.route?.template];
  };
  assert.deepEqual(await asks('/a', 'GET'), [200, 'preflight of get', '/a']);
  assert.deepEqual(await asks('/a', 'HEAD'), [200, 'preflight of get', '/a']);
  assert.deepEqual(await asks('/a', 'DELETE'), [204, '', undefined]);
  assert.deepEqual(await asks('/a', 'PUT'), [204, '', undefined]);
  assert.deepEqual(await asks('/all', 'PUT'), [200, 'preflight of all', '/all']);
  // The route of DELETE has nothing to say to pages: another one must not say it in its place.
  assert.deepEqual(await asks('/all', 'DELETE'), [200, 'all', '/all']);
  await assert.rejects(asks('/none', 'GET'), { code: 'not_found' });
});
