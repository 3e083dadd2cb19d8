import assert from 'node:assert/strict';
import { it } from 'node:test';
import { configSchema } from '../config/schema.ts';
import { makeCompany } from '../graph/testing/company.fixture.ts';
import { doorOf, liveQuestions, type Serving } from './live-operations.ts';

function servingOf(graph?: Serving['graph']): Serving {
  const config = configSchema.parse({
    routes: [
      { match: { path: '/a/:id', methods: ['GET'] }, to: { fixed: {} } },
      { match: { path: '/a/:id', methods: ['POST'] }, to: { fixed: {} } },
    ],
  });
  return { config, folder: '/', graph };
}

it('tells the route table of what serves now', async () => {
  let serving = servingOf();
  const questions = liveQuestions(() => serving);
  const routes = await questions.routes();
  assert.ok(Array.isArray(routes));
  assert.ok(
    routes.some((route) => route.path === '/a/:id' && route.methods[0] === 'GET' && route.kind === 'fixed'),
  );
  serving = { ...serving, config: configSchema.parse({}) };
  const now = await questions.routes();
  assert.ok(Array.isArray(now) && !now.some(({ path }) => path === '/a/:id'));
});

it('tells which route takes a request, and why the others do not', async () => {
  const { match } = liveQuestions(() => servingOf());
  const told = JSON.parse(JSON.stringify(await match({ method: 'get', url: '/a/7', headers: [] })));
  assert.deepEqual([told.result, told.template, told.params], ['found', '/a/:id', { id: '7' }]);
  const near = told.routes.filter(({ isElsewhere }: { isElsewhere: boolean }) => !isElsewhere);
  assert.deepEqual(
    near.map(({ taken, against }: { taken: boolean; against?: string }) => [taken, against]),
    [
      [true, undefined],
      [false, 'method GET is not POST'],
    ],
  );
  const refused = JSON.parse(JSON.stringify(await match({ method: 'PUT', url: '/a/7', headers: [] })));
  assert.deepEqual([refused.result, refused.allow], ['method_not_allowed', 'GET, HEAD, OPTIONS, POST']);
  await assert.rejects(match({ method: 'GET', url: 'nothing', headers: [] }), { code: 'bad_request' });
});

it('plans operations of the graph that serves', async () => {
  const { graph } = await makeCompany();
  const { plan } = liveQuestions(() => servingOf(graph));
  const planned = JSON.parse(JSON.stringify(await plan({ query: '{ me { id } }', variables: {} })));
  assert.deepEqual([planned.operation, planned.fetches], ['query', 1]);
  await assert.rejects(plan({ query: '{ nothing }', variables: {} }), { code: 'invalid_query' });
  await assert.rejects(liveQuestions(() => servingOf()).plan({ query: '{ a }', variables: {} }), {
    code: 'not_found',
  });
});

it('reaches the public door from this machine', () => {
  assert.deepEqual(doorOf({ host: '0.0.0.0', port: 1 }, false), {
    host: '127.0.0.1',
    port: 1,
    secure: false,
  });
  assert.equal(doorOf({ host: '::', port: 1 }, true).host, '::1');
  assert.equal(doorOf({ host: '192.0.2.1', port: 1 }, true).host, '192.0.2.1');
});
