import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { WholeBody } from '../../core/body.ts';
import { FrontdeskError } from '../../core/errors.ts';
import { HeaderFields } from '../../core/headers.ts';
import { disposeAll, exchangeOf, mounted, read } from './mount.fixture.ts';

after(disposeAll);

describe('the GraphQL face', () => {
  it('fetches the selected parts alone', async () => {
    const { ask, asked } = await mounted();
    const { json, status } = await read(
      await ask('{ a: home { ...F } home { tips @skip(if: true) } } fragment F on Home { user { name } }'),
    );
    assert.equal(status, 200);
    assert.deepEqual(json, { data: { a: { user: { name: 'Ada' } }, home: {} } });
    assert.deepEqual(asked, ['users']);
  });

  it('starts a screen once, however often it is selected', async () => {
    const { ask, asked } = await mounted();
    await ask('{ a: home { tips orders } b: home { tips orders } }');
    assert.deepEqual(asked, ['tips', 'graph']);
  });

  it('puts null with an error for what is missing, and the fallback without one', async () => {
    const { ask } = await mounted(['tips', 'graph']);
    const { json, headers } = await read(await ask('{ home { orders tips user { name } } }'));
    assert.deepEqual(json.data, { home: { orders: [], tips: null, user: { name: 'Ada' } } });
    assert.deepEqual(json.errors, [
      {
        message: 'A backend is unavailable',
        locations: [{ line: 1, column: 17 }],
        path: ['home', 'tips'],
        extensions: { code: 'CIRCUIT_OPEN' },
      },
    ]);
    assert.deepEqual(json.extensions, { incomplete: ['orders', 'tips'] });
    assert.equal(headers.get('frontdesk-incomplete'), 'orders, tips');
  });

  it('has no screen without a required part, and one error for it', async () => {
    const { ask } = await mounted(['users', 'tips']);
    const { json, headers, text } = await read(await ask('{ home { user { name } tips } }'));
    assert.deepEqual(json.data, { home: null });
    const error = json.errors.find(({ path }: { path: string[] }) => path.join('.') === 'home.user');
    assert.deepEqual(error.extensions, { part: 'user', code: 'PART_FAILED' });
    assert.equal(headers.get('retry-after'), '30');
    assert.doesNotMatch(text, /secret-host|stack/);
  });

  it("asks for the screen's scopes", async () => {
    const { ask, asked } = await mounted();
    const { json } = await read(await ask('{ home { tips } }', []));
    assert.equal(json.errors[0].extensions.code, 'INSUFFICIENT_SCOPE');
    assert.deepEqual(asked, []);
  });

  it('keeps its schema to itself unless told otherwise', async () => {
    const shut = await read(await (await mounted()).ask('{ __schema { queryType { name } } }'));
    assert.equal(shut.status, 400);
    const misspelt = await read(await (await mounted()).ask('{ home { tip } }'));
    assert.doesNotMatch(misspelt.text, /Did you mean/);
    const open = await mounted([], { introspection: true });
    const { json } = await read(await open.ask('{ __schema { queryType { name } } }'));
    assert.equal(json.data.__schema.queryType.name, 'Query');
  });

  it('takes queries by GET only with a sign that no foreign page sent them', async () => {
    const { route } = await mounted();
    const query = `query=${encodeURIComponent('{ home { tips } }')}`;
    const ask = (headers: Record<string, string>) =>
      route('/m/graphql').handler(exchangeOf({ query, headers: HeaderFields.of(headers) }, ['home:read']));
    assert.equal((await read(await ask({}))).status, 400);
    assert.equal((await read(await ask({ 'apollo-require-preflight': '1' }))).status, 200);
    const page = await read(await ask({ accept: 'text/html', 'apollo-require-preflight': '1' }));
    assert.doesNotMatch(page.text, /<html/);
  });

  it('refuses bodies of another type, broken, too large, batched, too long or too deep', async () => {
    const { post, ask } = await mounted();
    await assert.rejects(post('query=x', { 'content-type': 'text/plain' }), {
      code: 'unsupported_media_type',
    });
    await assert.rejects(post('{"query":'), { code: 'bad_request' });
    await assert.rejects(post(JSON.stringify({ query: ' '.repeat(300_000) })), { code: 'payload_too_large' });
    assert.equal((await read(await post('[{"query":"{ home { tips } }"}]'))).status, 400);
    assert.equal((await read(await ask(`{ ${'a: __typename '.repeat(2000)} }`))).status, 400);
    const deep = await read(
      await ask(`{ home { user { ${'friend { '.repeat(12)} name ${'} '.repeat(12)} } } }`),
    );
    assert.equal(deep.status, 400);
    assert.match(deep.text, /nested deeper than 12 levels/);
  });

  it('ends with the exchange', async () => {
    const { route } = await mounted();
    const body = new WholeBody(JSON.stringify({ query: '{ home { tips } }' }));
    const headers = HeaderFields.of({ 'content-type': 'application/json' });
    const exchange = exchangeOf({ method: 'POST', body, headers }, ['home:read']);
    exchange.cancellation.cancel(new FrontdeskError('client_closed'));
    await assert.rejects(route('/m/graphql').handler(exchange), { code: 'client_closed' });
  });
});
