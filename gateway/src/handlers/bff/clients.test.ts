import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { GraphRequest } from '../../bff/graph-client.ts';
import { Orders, part, run, userOf } from './clients.fixture.ts';

describe('rest', () => {
  it('encodes values into their segment, and the query', async () => {
    const { asked, run: screenRun } = run(
      {
        one: part(({ rest }) =>
          rest.users.get('/plain/{id}', {
            path: { id: '../a/b?c#d' },
            query: { 'q&': 'a b&c', n: 1, none: undefined, l: [1, 2] },
          }),
        ),
      },
      userOf,
    );
    await screenRun.all();
    assert.equal(asked[0]?.path, '/plain/..%2Fa%2Fb%3Fc%23d?q%26=a%20b%26c&n=1&l=1&l=2');
    assert.equal(asked[0]?.label, 'one');
  });

  it('refuses values that could leave their segment, and sends nothing', async () => {
    const subject: string = '1/../2';
    const dots: string = '..';
    const { asked, run: screenRun } = run(
      {
        written: part(({ rest }) => rest.users.get(`/plain/${subject}`)),
        dots: part(({ rest }) => rest.users.get('/plain/{id}', { path: { id: dots } })),
        question: part(({ rest }) => rest.users.get(`/plain/${'1?admin=1'}`)),
        body: part(({ rest }) => rest.users.get('/search', { query: { q: JSON.parse('{"a":{}}') } })),
      },
      userOf,
    );
    const { incomplete } = await screenRun.all();
    assert.deepEqual(incomplete, ['written', 'dots', 'question', 'body']);
    assert.equal(asked.length, 0);
  });
});

describe('graph', () => {
  const orders = part(({ graph }) => graph(Orders, { user: '1' }), { shape: (data) => data.orders });

  it('passes the operation on, with the part behind it', async () => {
    const asked: GraphRequest[] = [];
    const { run: screenRun } = run({ orders }, userOf, async (request) => {
      asked.push(request);
      return { data: { orders: ['o1'] } };
    });
    assert.deepEqual(await screenRun.all(), { values: { orders: ['o1'] }, incomplete: [] });
    assert.equal(asked[0]?.query, Orders.source);
    assert.deepEqual(asked[0]?.variables, { user: '1' });
  });

  it('serves what is there of a partial answer, and says so', async () => {
    const errors = [{ message: 'down' }];
    const some = run({ orders }, userOf, async () => ({ data: { orders: ['o1'] }, errors }));
    assert.deepEqual(await some.run.all(), { values: { orders: ['o1'] }, incomplete: ['orders'] });
    const nothing = run({ orders }, userOf, async () => ({ data: { orders: null }, errors }));
    assert.equal((await nothing.run.part('orders')).failure?.code, 'upstream_error');
  });

  it("fails with the graph's own code where that is one of ours", async () => {
    const failing = (code: unknown) =>
      run({ orders }, userOf, async () => ({
        data: null,
        errors: [{ message: 'no', extensions: { code } }],
      }));
    assert.equal(
      (await failing('INSUFFICIENT_SCOPE').run.part('orders')).failure?.code,
      'insufficient_scope',
    );
    assert.equal((await failing('SOMETHING_ELSE').run.part('orders')).failure?.code, 'upstream_error');
    assert.equal((await run({ orders }, userOf).run.part('orders')).failure?.code, 'internal');
  });
});
